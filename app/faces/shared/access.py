"""Who may open a view: every view names its permission, or says that it is public."""

from collections.abc import Callable
from typing import Any, TypeVar

from app.domains.accounts.permissions import Permission

View = TypeVar("View", bound=Callable[..., Any])


def public(view: View) -> View:
    """Let anyone open this view."""
    view.access = None  # type: ignore[attr-defined]
    return view


def requires(permission: Permission) -> Callable[[View], View]:
    """Let only people open this view whose role includes `permission`."""

    def mark(view: View) -> View:
        view.access = permission  # type: ignore[attr-defined]
        return view

    return mark

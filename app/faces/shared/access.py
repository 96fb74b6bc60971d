"""Who may open a view: every view names its permission, or says that it is public."""

from collections.abc import Callable
from enum import Enum
from typing import Any, TypeVar

from app.domains.accounts.permissions import Permission

View = TypeVar("View", bound=Callable[..., Any])


class Access(Enum):
    """Who opens a view that needs no permission on a shop or on the platform."""

    SIGNED_IN = "signed_in"
    """Anyone who is signed in; the view shows the person's own things only."""


def public(view: View) -> View:
    """Let anyone open this view."""
    view.access = None  # type: ignore[attr-defined]
    return view


def signed_in(view: View) -> View:
    """Let anyone open this view who is signed in."""
    view.access = Access.SIGNED_IN  # type: ignore[attr-defined]
    return view


def requires(permission: Permission) -> Callable[[View], View]:
    """Let only people open this view whose role includes `permission`."""

    def mark(view: View) -> View:
        view.access = permission  # type: ignore[attr-defined]
        return view

    return mark


def fresh_proof(view: View) -> View:
    """Ask besides for a proof of the last 5 minutes (ART-7, BOX-7)."""
    view.needs_fresh_proof = True  # type: ignore[attr-defined]
    return view


def open_when_looking(view: View) -> View:
    """Let an owner use this view who sees the shop as another role, and may change nothing else."""
    view.is_open_when_looking = True  # type: ignore[attr-defined]
    return view


def open_when_locked(view: View) -> View:
    """Let a person open this view whose session is locked after 15 idle minutes."""
    view.is_open_when_locked = True  # type: ignore[attr-defined]
    return view

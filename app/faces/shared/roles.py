"""Roles in forms, on both consoles: which may be chosen, and which was."""

from collections.abc import Iterable
from uuid import UUID

from flask import request

from app.domains.accounts.memberships.queries import CustomRoleRecord
from app.domains.accounts.memberships.rules import Grant, may_decide_on, read_grant
from app.domains.accounts.permissions import (
    GRANTED,
    PLATFORM_ROLES,
    ROLE_NAMES,
    SHOP_ROLES,
    Permission,
)
from app.domains.accounts.rules import PLATFORM

Choice = tuple[str, str]


def list_choices(
    shop_id: UUID, *, mine: frozenset[Permission], custom: Iterable[CustomRoleRecord] = ()
) -> list[Choice]:
    """Return the roles that a person may give: those whose rights they have themselves."""
    ours = PLATFORM_ROLES if shop_id == PLATFORM else SHOP_ROLES
    named = [
        (role.value, str(ROLE_NAMES[role])) for role in ours if may_decide_on(mine, GRANTED[role])
    ]
    own = [(str(role.id), role.name) for role in custom if may_decide_on(mine, role.permissions)]
    return named + own


def read_choice(shop_id: UUID, *, supplies: str | None = None) -> Grant:
    """Return the role that the form names, with whose pieces a supplier counts.

    Raises RoleInvalidError.
    """
    form = request.form
    written = form.get("supplies", "").replace("\x00", "") if supplies is None else supplies
    return read_grant(form.get("role", ""), supplies=written, shop_id=shop_id)

"""Pure rules about roles: what one is made of, and who may give or take it."""

from dataclasses import dataclass
from uuid import UUID

from app.domains.accounts.memberships.errors import (
    RoleInvalidError,
    RoleNameError,
    RolePermissionsError,
)
from app.domains.accounts.permissions import (
    GRANTED,
    NOT_IN_CUSTOM_ROLES,
    OF_SHOP,
    PLATFORM_ROLES,
    SHOP_ROLES,
    Permission,
)
from app.domains.accounts.rules import PLATFORM, Role

LONGEST_ROLE_NAME = 60
LONGEST_SUPPLIES = 100
MOST_CUSTOM_ROLES = 30


@dataclass(frozen=True, slots=True)
class Grant:
    """What somebody is given: a role of ours, or a role that the shop made (`custom_role_id`).

    `supplies` names whose pieces a supplier counts: the maker's name on the products.
    """

    role: Role
    custom_role_id: UUID | None = None
    supplies: str = ""


def read_grant(choice: str, *, supplies: str, shop_id: UUID) -> Grant:
    """Read a form's choice: a role's name or the id of a shop's own. Raises RoleInvalidError."""
    of_place = PLATFORM_ROLES if shop_id == PLATFORM else SHOP_ROLES
    if choice in {role.value for role in of_place}:
        role = Role(choice)
        supplied = " ".join(supplies.split())[:LONGEST_SUPPLIES] if role is Role.SUPPLIER else ""
        if role is Role.SUPPLIER and not supplied:
            raise RoleInvalidError
        return Grant(role, supplies=supplied)
    try:
        custom_role_id = UUID(choice)
    except ValueError as error:
        raise RoleInvalidError from error
    return Grant(Role.CUSTOM, custom_role_id)


def permissions_of(role: Role, custom: list[str] | None) -> frozenset[Permission]:
    """Return what a role includes; a shop's own role never more than a shop's role may."""
    if role is not Role.CUSTOM:
        return GRANTED[role]
    known = {name.value for name in OF_SHOP} & set(custom or ())
    return frozenset(Permission(name) for name in known) - NOT_IN_CUSTOM_ROLES | {
        Permission.SEE_OWN_RIGHTS
    }


def check_role_name(name: str) -> str:
    """Return a role's name on one line. Raises RoleNameError."""
    seen = " ".join("".join(each if each.isprintable() else " " for each in name).split())
    if not 0 < len(seen) <= LONGEST_ROLE_NAME:
        raise RoleNameError
    return seen


def check_role_permissions(names: list[str], *, mine: frozenset[Permission]) -> list[str]:
    """Return the permissions for a role that somebody makes: some of their own, none of the owner's.

    Raises RolePermissionsError.
    """
    grantable = {permission.value for permission in mine - NOT_IN_CUSTOM_ROLES}
    wanted = sorted(set(names) - {Permission.SEE_OWN_RIGHTS.value})
    if not wanted or not set(wanted) <= grantable:
        raise RolePermissionsError
    return wanted


def may_decide_on(mine: frozenset[Permission], theirs: frozenset[Permission]) -> bool:
    """Whether somebody may give or take a role: only what they have themselves, all of it."""
    return theirs <= mine

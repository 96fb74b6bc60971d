"""Roles that a shop makes for itself: a name, and some of what their maker may do."""

from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from app.domains.accounts.invitations.models import Invitation
from app.domains.accounts.memberships.errors import (
    OwnRoleError,
    RightsMissingError,
    RoleInUseError,
    RoleNameTakenError,
    TooManyRolesError,
)
from app.domains.accounts.memberships.models import CustomRole, Membership
from app.domains.accounts.memberships.queries import Rights, get_custom_role, get_rights
from app.domains.accounts.memberships.rules import (
    MOST_CUSTOM_ROLES,
    check_role_name,
    check_role_permissions,
    may_decide_on,
)
from app.domains.accounts.permissions import Permission
from app.domains.accounts.sessions.operations.renewing import ask_for_new_tokens
from app.foundation.audit.rules import AuditKind
from app.foundation.identifiers import new_id
from app.foundation.unit_of_work import UnitOfWork


def make_role(
    unit: UnitOfWork, *, shop_id: UUID, name: str, permissions: list[str], actor: UUID
) -> UUID:
    """Make a role for a shop, of permissions that its maker has.

    Raises NotFoundError, RightsMissingError, RoleNameError, RolePermissionsError,
    RoleNameTakenError, TooManyRolesError.
    """
    mine = _manager(unit, shop_id, actor)
    values = _checked(mine, name, permissions)
    count = select(func.count()).where(CustomRole.shop_id == shop_id)
    if unit.session.execute(count).scalar_one() >= MOST_CUSTOM_ROLES:
        raise TooManyRolesError
    role_id = new_id()
    _save(unit, insert(CustomRole).values(
        id=role_id, shop_id=shop_id, made_at=unit.now, changed_at=unit.now, **values
    ))  # fmt: skip
    _audit_role(unit, "make_role", role_id, shop_id, actor, values)
    return role_id


def change_custom_role(
    unit: UnitOfWork,
    *,
    shop_id: UUID,
    role_id: UUID,
    name: str,
    permissions: list[str],
    actor: UUID,
) -> None:
    """Change a role; whoever has it has other rights at their next request. Raises as `make_role`."""
    mine = _manager(unit, shop_id, actor)
    before = get_custom_role(unit, role_id, shop_id=shop_id)
    if mine.custom_role_id == role_id:
        raise OwnRoleError
    if not may_decide_on(mine.permissions, before.permissions):
        raise RightsMissingError
    values = _checked(mine, name, permissions)
    _save(unit, update(CustomRole).where(CustomRole.id == role_id).values(
        changed_at=unit.now, **values
    ))  # fmt: skip
    holders = select(Membership.person_id).where(
        Membership.shop_id == shop_id, Membership.custom_role_id == role_id
    )
    ask_for_new_tokens(unit, person_ids=unit.session.execute(holders).scalars().all())
    _audit_role(unit, "change_role", role_id, shop_id, actor, values)


def remove_role(unit: UnitOfWork, *, shop_id: UUID, role_id: UUID, actor: UUID) -> None:
    """Remove a role that nobody has. Raises NotFoundError, RightsMissingError, RoleInUseError."""
    mine = _manager(unit, shop_id, actor)
    before = get_custom_role(unit, role_id, shop_id=shop_id)
    if not may_decide_on(mine.permissions, before.permissions):
        raise RightsMissingError
    is_over = or_(Invitation.accepted_at.is_not(None), Invitation.withdrawn_at.is_not(None))
    unit.session.execute(delete(Invitation).where(Invitation.custom_role_id == role_id, is_over))
    try:
        with unit.session.begin_nested():
            unit.session.execute(delete(CustomRole).where(CustomRole.id == role_id))
    except IntegrityError as error:
        raise RoleInUseError from error
    _audit_role(unit, "remove_role", role_id, shop_id, actor, {"permissions": []})


def _manager(unit: UnitOfWork, shop_id: UUID, actor: UUID) -> Rights:
    mine = get_rights(unit, person_id=actor, shop_id=shop_id)
    if Permission.MANAGE_PEOPLE not in mine.permissions:
        raise RightsMissingError
    return mine


def _checked(mine: Rights, name: str, permissions: list[str]) -> dict[str, Any]:
    return {
        "name": check_role_name(name),
        "permissions": check_role_permissions(permissions, mine=mine.permissions),
    }


def _save(unit: UnitOfWork, statement: Any) -> None:
    try:
        with unit.session.begin_nested():
            unit.session.execute(statement)
    except IntegrityError as error:
        raise RoleNameTakenError from error


def _audit_role(
    unit: UnitOfWork,
    action: str,
    role_id: UUID,
    shop_id: UUID,
    actor: UUID,
    values: dict[str, Any],
) -> None:
    unit.audit(
        actor=str(actor), action=action, object_kind="role", object_id=role_id,
        kind=AuditKind.MONEY, shop=shop_id, permissions=values["permissions"],
    )  # fmt: skip

"""Giving people roles, changing and taking them. All in the directory.

Whoever decides is read in the same transaction, so rights that are gone decide nothing.
"""

from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as upsert

from app.domains.accounts.memberships.errors import (
    LastAdminError,
    LastOwnerError,
    OwnRoleError,
    RightsMissingError,
    RoleInvalidError,
)
from app.domains.accounts.memberships.models import Membership
from app.domains.accounts.memberships.queries import Rights, get_custom_role, get_rights
from app.domains.accounts.memberships.rules import Grant, may_decide_on, permissions_of
from app.domains.accounts.permissions import Permission
from app.domains.accounts.rules import PLATFORM, Role
from app.domains.accounts.sessions.operations.renewing import ask_for_new_tokens
from app.foundation.audit.rules import AuditKind
from app.foundation.errors import NotFoundError
from app.foundation.guards import Guard, is_guarded
from app.foundation.unit_of_work import UnitOfWork


def grant_role(
    unit: UnitOfWork,
    *,
    person_id: UUID,
    shop_id: UUID,
    role: Role,
    custom_role_id: UUID | None = None,
    supplies: str = "",
    actor: str = "system",
) -> None:
    """Give a person a role on a shop (or on PLATFORM), replacing the one before.

    Checks nobody's rights: that is done by `change_role` and by accepting an invitation.
    """
    values = {
        "role": role.value, "custom_role_id": custom_role_id, "supplies": supplies,
        "granted_at": unit.now,
    }  # fmt: skip
    unit.session.execute(
        upsert(Membership)
        .values(person_id=person_id, shop_id=shop_id, **values)
        .on_conflict_do_update(index_elements=["person_id", "shop_id"], set_=values)
    )
    ask_for_new_tokens(unit, person_ids=[person_id])
    unit.audit(
        actor=actor, action="grant_role", object_kind="person", object_id=person_id,
        kind=AuditKind.MONEY, shop=shop_id, role=str(custom_role_id or role.value),
    )  # fmt: skip


def check_grant(
    unit: UnitOfWork, *, shop_id: UUID, grant: Grant, actor: UUID
) -> frozenset[Permission]:
    """Return what a role includes, if `actor` may give it: only what they have themselves.

    Raises NotFoundError for somebody who does not work there, RoleInvalidError for a role of another
    shop, RightsMissingError.
    """
    mine = get_rights(unit, person_id=actor, shop_id=shop_id).permissions
    manages = _managing(shop_id)
    if grant.custom_role_id is None:
        wanted = permissions_of(grant.role, None)
    else:
        try:
            role = get_custom_role(unit, grant.custom_role_id, shop_id=shop_id)
        except NotFoundError as error:
            raise RoleInvalidError from error
        wanted = role.permissions
    if manages not in mine or not may_decide_on(mine, wanted):
        raise RightsMissingError
    return wanted


def change_role(
    unit: UnitOfWork, *, shop_id: UUID, person_id: UUID, grant: Grant, actor: UUID
) -> None:
    """Give a colleague another role.

    Raises OwnRoleError, NotFoundError, RoleInvalidError, RightsMissingError, LastOwnerError.
    """
    theirs = _decide_on(unit, shop_id=shop_id, person_id=person_id, actor=actor)
    check_grant(unit, shop_id=shop_id, grant=grant, actor=actor)
    if grant.role is not theirs.role:
        _keep_one(unit, theirs, shop_id)
    grant_role(
        unit, person_id=person_id, shop_id=shop_id, role=grant.role,
        custom_role_id=grant.custom_role_id, supplies=grant.supplies, actor=str(actor),
    )  # fmt: skip


def remove_member(unit: UnitOfWork, *, shop_id: UUID, person_id: UUID, actor: UUID) -> None:
    """Let a colleague go. Raises as `change_role` does."""
    theirs = _decide_on(unit, shop_id=shop_id, person_id=person_id, actor=actor)
    _keep_one(unit, theirs, shop_id)
    _remove(unit, shop_id, person_id, actor)


def leave(unit: UnitOfWork, *, shop_id: UUID, person_id: UUID) -> None:
    """Stop working for a shop. Raises NotFoundError, LastOwnerError."""
    mine = get_rights(unit, person_id=person_id, shop_id=shop_id)
    _keep_one(unit, mine, shop_id)
    _remove(unit, shop_id, person_id, person_id)


def _decide_on(unit: UnitOfWork, *, shop_id: UUID, person_id: UUID, actor: UUID) -> Rights:
    """Return a colleague's rights, if `actor` may decide on them."""
    if person_id == actor:
        raise OwnRoleError
    mine = get_rights(unit, person_id=actor, shop_id=shop_id)
    theirs = get_rights(unit, person_id=person_id, shop_id=shop_id)
    if _managing(shop_id) not in mine.permissions:
        raise RightsMissingError
    if not may_decide_on(mine.permissions, theirs.permissions):
        raise RightsMissingError
    return theirs


def _managing(shop_id: UUID) -> Permission:
    is_platform = shop_id == PLATFORM
    return Permission.GRANT_PLATFORM_ROLES if is_platform else Permission.MANAGE_PEOPLE


def _keep_one(unit: UnitOfWork, theirs: Rights, shop_id: UUID) -> None:
    """Refuse to take the role of the last owner, or of the platform's last admin.

    All of them are locked, because two who let each other go at once both see another one.
    """
    if theirs.role not in {Role.OWNER, Role.ADMIN}:
        return
    query = select(Membership.person_id).where(
        Membership.shop_id == shop_id, Membership.role == theirs.role.value
    )
    if is_guarded(Guard.OWNERS_LOCK):
        query = query.order_by(Membership.person_id).with_for_update()
    others = set(unit.session.execute(query).scalars()) - {theirs.person_id}
    if not others:
        raise LastAdminError if shop_id == PLATFORM else LastOwnerError


def _remove(unit: UnitOfWork, shop_id: UUID, person_id: UUID, actor: UUID) -> None:
    unit.session.execute(
        delete(Membership).where(Membership.shop_id == shop_id, Membership.person_id == person_id)
    )
    ask_for_new_tokens(unit, person_ids=[person_id])
    unit.audit(
        actor=str(actor), action="revoke_role", object_kind="person", object_id=person_id,
        kind=AuditKind.MONEY, shop=shop_id,
    )  # fmt: skip

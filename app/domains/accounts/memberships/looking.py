"""Seeing a shop's console as another role sees it: kept with the session, and changing nothing."""

from uuid import UUID

from sqlalchemy import update

from app.domains.accounts.memberships.errors import RightsMissingError, RoleInvalidError
from app.domains.accounts.memberships.queries import get_custom_role, get_rights
from app.domains.accounts.memberships.rules import Grant
from app.domains.accounts.permissions import Permission
from app.domains.accounts.sessions.models import SessionRow
from app.foundation.errors import NotFoundError
from app.foundation.unit_of_work import UnitOfWork


def view_as(
    unit: UnitOfWork, *, session_id: UUID, shop_id: UUID, grant: Grant, actor: UUID
) -> None:
    """Let a session see a shop as a role does, until it is told otherwise or ends.

    Raises NotFoundError, RightsMissingError, RoleInvalidError for another shop's role.
    """
    mine = get_rights(unit, person_id=actor, shop_id=shop_id)
    if Permission.VIEW_AS not in mine.permissions:
        raise RightsMissingError
    if grant.custom_role_id is not None:
        try:
            get_custom_role(unit, grant.custom_role_id, shop_id=shop_id)
        except NotFoundError as error:
            raise RoleInvalidError from error
    _set(unit, session_id, view_as_shop=shop_id, view_as_role=grant.role.value,
         view_as_custom_id=grant.custom_role_id)  # fmt: skip
    unit.audit(
        actor=str(actor), action="view_as", object_kind="role",
        object_id=grant.custom_role_id or grant.role.value, shop=shop_id,
    )  # fmt: skip


def stop_viewing_as(unit: UnitOfWork, *, session_id: UUID) -> None:
    """Let a session see with its own person's rights again."""
    _set(unit, session_id, view_as_shop=None, view_as_role=None, view_as_custom_id=None)


def _set(unit: UnitOfWork, session_id: UUID, **values: object) -> None:
    unit.session.execute(update(SessionRow).where(SessionRow.id == session_id).values(**values))

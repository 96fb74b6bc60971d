"""Giving people roles."""

from uuid import UUID

from sqlalchemy.dialects.postgresql import insert as upsert

from app.domains.accounts.memberships.models import Membership
from app.domains.accounts.rules import Role
from app.domains.accounts.sessions.operations import ask_for_new_tokens
from app.foundation.audit.rules import AuditKind
from app.foundation.unit_of_work import UnitOfWork


def grant_role(unit: UnitOfWork, *, person_id: UUID, shop_id: UUID, role: Role) -> None:
    """Give a person a role on a shop (or on PLATFORM), replacing the one before."""
    unit.session.execute(
        upsert(Membership)
        .values(person_id=person_id, shop_id=shop_id, role=role.value, granted_at=unit.now)
        .on_conflict_do_update(index_elements=["person_id", "shop_id"], set_={"role": role.value})
    )
    ask_for_new_tokens(unit, person_id=person_id)
    unit.audit(
        action="grant_role", object_kind="person", object_id=person_id, kind=AuditKind.MONEY,
        shop=str(shop_id), role=role.value,
    )  # fmt: skip

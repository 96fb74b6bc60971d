"""Noting where a person deals."""

from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from app.domains.accounts.dealings.models import PersonShop
from app.foundation.unit_of_work import UnitOfWork


def note_shop(unit: UnitOfWork, *, person_id: UUID, shop_id: UUID) -> None:
    """Note that a person deals in a shop; again is harmless."""
    unit.session.execute(
        insert(PersonShop)
        .values(person_id=person_id, shop_id=shop_id, since=unit.now)
        .on_conflict_do_nothing()
    )

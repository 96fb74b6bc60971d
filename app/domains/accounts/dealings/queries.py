"""Reading where a person has dealt."""

from uuid import UUID

from sqlalchemy import select

from app.domains.accounts.dealings.models import PersonShop
from app.foundation.unit_of_work import UnitOfWork


def list_shop_ids(unit: UnitOfWork, *, person_id: UUID) -> list[UUID]:
    """Return the shops in which a person has dealt, longest first."""
    return list(
        unit.session.execute(
            select(PersonShop.shop_id)
            .where(PersonShop.person_id == person_id)
            .order_by(PersonShop.since, PersonShop.shop_id)
        ).scalars()
    )

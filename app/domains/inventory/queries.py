"""Reading stock."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from sqlalchemy import Select, Uuid, any_, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from app.domains.inventory.models import Hold, Stock, StockLocation
from app.foundation.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Availability:
    """What can be bought of a variant now, over all locations."""

    free: int
    on_hand: int


NOTHING = Availability(0, 0)


def list_availability(unit: UnitOfWork, *, variant_ids: Iterable[UUID]) -> dict[UUID, Availability]:
    """Return what can be bought, by variant; one that no location knows is not in it."""
    rows = unit.connection.execute(_availability(), {"asked": list(variant_ids)})
    return {variant_id: Availability(max(free, 0), on_hand) for variant_id, free, on_hand in rows}


@lru_cache(maxsize=1)
def _availability() -> Select[UUID, int, int]:
    """Return the statement, built once: products' pages, baskets and checkouts send it."""
    return (
        select(
            Stock.variant_id,
            func.sum(Stock.on_hand - Stock.held + Stock.backorder_limit),
            func.sum(Stock.on_hand),
        )
        .where(Stock.variant_id == any_(bindparam("asked", type_=ARRAY(Uuid))))
        .group_by(Stock.variant_id)
    )


@dataclass(frozen=True, slots=True)
class StockRow:
    """One stock row for the console."""

    location: str
    variant_id: UUID
    on_hand: int
    held: int


def list_stock(unit: UnitOfWork, *, variant_ids: Iterable[UUID]) -> list[StockRow]:
    """Return stock by location for these variants."""
    rows = unit.session.execute(
        select(StockLocation.name, Stock.variant_id, Stock.on_hand, Stock.held)
        .join(StockLocation, StockLocation.id == Stock.location_id)
        .where(Stock.variant_id.in_(list(variant_ids)))
        .order_by(StockLocation.position)
    )
    return [StockRow(*row) for row in rows]


def count_live_holds(unit: UnitOfWork, *, subject_id: UUID) -> int:
    """Count a subject's live holds."""
    return unit.session.execute(
        select(func.count())
        .select_from(Hold)
        .where(Hold.subject_id == subject_id, Hold.state == "held")
    ).scalar_one()

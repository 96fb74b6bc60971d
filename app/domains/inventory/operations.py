"""Changing stock: set, hold, claim, release. Rows are locked in the order of variant and location."""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Integer,
    Select,
    Update,
    Uuid,
    any_,
    bindparam,
    case,
    column,
    func,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.sql.dml import ReturningUpdate

from app.domains.inventory.errors import NotEnoughStockError
from app.domains.inventory.events import StockChanged
from app.domains.inventory.models import Hold, Stock, StockLocation
from app.domains.inventory.rules import HOLD_TIME, LONGEST_HOLD, Promise, StockLevel, promise
from app.foundation.guards import Guard, is_guarded
from app.foundation.identifiers import new_id
from app.foundation.statements import insertion_of_list
from app.foundation.unit_of_work import UnitOfWork


def ensure_location(unit: UnitOfWork, *, name: str) -> UUID:
    """Return the shop's first location, made with `name` where there is none."""
    first = select(StockLocation.id).order_by(StockLocation.position).limit(1)
    found = unit.connection.execute(first).scalar_one_or_none()
    if found:
        return found
    unit.connection.execute(
        upsert(StockLocation)
        .values(id=new_id(), name=name, position=1)
        .on_conflict_do_nothing(index_elements=["position"])
    )
    return unit.connection.execute(first).scalar_one()


def set_stock(unit: UnitOfWork, *, location_id: UUID, quantities: Mapping[UUID, int]) -> list[UUID]:
    """Set how many lie at a location, by variant; return the variants that changed.

    What is held for a running checkout stays promised: the count never goes below it.
    """
    if not quantities:
        return []
    rows = [
        {"location_id": location_id, "variant_id": variant_id, "on_hand": quantity, "held": 0,
         "backorder_limit": 0}
        for variant_id, quantity in sorted(quantities.items())
    ]  # fmt: skip
    written = upsert(Stock).values(rows)
    wanted = written.excluded.on_hand
    floor = Stock.held - Stock.backorder_limit
    changed = unit.connection.execute(
        written.on_conflict_do_update(
            index_elements=["variant_id", "location_id"],
            set_={"on_hand": case((wanted < floor, floor), else_=wanted)},
            where=Stock.on_hand != wanted,
        ).returning(Stock.variant_id)
    ).scalars()
    variant_ids = list(changed)
    if variant_ids:
        unit.record(StockChanged(variant_ids=tuple(variant_ids)))
    return variant_ids


def hold_stock(unit: UnitOfWork, *, subject_id: UUID, wanted: Mapping[UUID, int]) -> datetime:
    """Promise pieces to a checkout for 15 minutes; return until when (FR-012, FR-013).

    The subject is new and holds nothing yet. Raises NotEnoughStockError.
    """
    levels = _lock_levels(unit, wanted)
    promises = promise(levels, wanted)
    if promises is None:
        raise NotEnoughStockError(available={str(level.variant_id): level.free for level in levels})
    expires_at = unit.now + HOLD_TIME
    holds = [
        {
            "id": str(new_id()), "subject_id": str(subject_id), "state": "held",
            "location_id": str(part.location_id), "variant_id": str(part.variant_id),
            "quantity": part.quantity, "expires_at": expires_at.isoformat(),
        }
        for part in promises
    ]  # fmt: skip
    unit.connection.execute(_holding(), {"holds": holds, **_changes(promises, held=1)})
    unit.record(StockChanged(variant_ids=tuple(sorted({part.variant_id for part in promises}))))
    return expires_at


def _lock_levels(unit: UnitOfWork, wanted: Mapping[UUID, int]) -> list[StockLevel]:
    query = _levels(is_locked=is_guarded(Guard.STOCK_LOCK))
    rows = unit.connection.execute(query, {"asked": list(wanted)}).all()
    unit.read_clock()
    return [StockLevel(*row) for row in rows]


@lru_cache(maxsize=2)
def _levels(*, is_locked: bool) -> Select[UUID, UUID, int, int, int]:
    """Return the statement, built once; it locks the rows in the order of variant and location."""
    query = (
        select(
            Stock.location_id, Stock.variant_id, Stock.on_hand, Stock.held, Stock.backorder_limit
        )
        .join(StockLocation, StockLocation.id == Stock.location_id)
        .where(Stock.variant_id == any_(bindparam("asked", type_=ARRAY(Uuid))))
        .order_by(Stock.variant_id, StockLocation.position, Stock.location_id)
    )
    return query.with_for_update(of=Stock) if is_locked else query


def extend_holds(unit: UnitOfWork, *, subject_id: UUID, since: datetime) -> None:
    """Keep what a subject has held `since` then for LONGEST_HOLD; asked again, it is the same."""
    until = since + LONGEST_HOLD
    unit.connection.execute(
        update(Hold)
        .where(Hold.subject_id == subject_id, Hold.state == "held", Hold.expires_at < until)
        .values(expires_at=until)
    )


def claim_held(unit: UnitOfWork, *, subject_id: UUID) -> bool:
    """Turn what a subject holds into sold; return False where its hold has run out."""
    held = _end_holds(unit, subject_id, "claimed")
    if not held:
        return False
    _change_stock(unit, held, held=-1, on_hand=-1)
    unit.record(StockChanged(variant_ids=tuple(sorted({part.variant_id for part in held}))))
    return True


def claim_free(unit: UnitOfWork, *, wanted: Mapping[UUID, int]) -> bool:
    """Turn free pieces into sold. Return False, with nothing changed, where there are not enough."""
    promises = promise(_lock_levels(unit, wanted), wanted)
    if promises is None:
        return False
    _change_stock(unit, promises, on_hand=-1)
    unit.record(StockChanged(variant_ids=tuple(sorted(wanted))))
    return True


def release_holds(unit: UnitOfWork, *, subject_id: UUID) -> None:
    """Give a subject's held pieces back."""
    released = _end_holds(unit, subject_id, "released")
    if released:
        _change_stock(unit, released, held=-1)
        unit.record(StockChanged(variant_ids=tuple(sorted({part.variant_id for part in released}))))


def return_stock(unit: UnitOfWork, *, quantities: Mapping[UUID, int]) -> None:
    """Put sold pieces back on the shelf of the first location, after a cancellation."""
    location_id = ensure_location(unit, name="")
    parts = [
        Promise(location_id, variant_id, quantity)
        for variant_id, quantity in sorted(quantities.items())
    ]
    _change_stock(unit, parts, on_hand=1)
    unit.record(StockChanged(variant_ids=tuple(sorted(quantities))))


def expire_holds(unit: UnitOfWork, *, limit: int = 100) -> int:
    """Release holds whose time is over; return how many subjects were released (FR-013)."""
    due = unit.connection.execute(
        select(Hold.subject_id)
        .where(Hold.state == "held", Hold.expires_at <= unit.now)
        .order_by(Hold.subject_id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).scalars()
    subjects = sorted(set(due))
    for subject_id in subjects:
        release_holds(unit, subject_id=subject_id)
    return len(subjects)


def _end_holds(unit: UnitOfWork, subject_id: UUID, state: str) -> list[Promise]:
    rows = unit.connection.execute(
        _ending(), {"asked": subject_id, "state": state, "ended_at": unit.now}
    ).all()
    parts = [Promise(*row) for row in rows]
    return sorted(parts, key=lambda part: (part.variant_id, part.location_id))


@lru_cache(maxsize=1)
def _ending() -> ReturningUpdate[UUID, UUID, int]:
    return (
        update(Hold)
        .where(Hold.subject_id == bindparam("asked"), Hold.state == "held")
        .returning(Hold.location_id, Hold.variant_id, Hold.quantity)
    )


def _change_stock(
    unit: UnitOfWork, parts: list[Promise], *, held: int = 0, on_hand: int = 0
) -> None:
    """Add `held` and `on_hand` times each part's quantity to its stock row, in one statement."""
    unit.connection.execute(_adding(), _changes(parts, held=held, on_hand=on_hand))


def _changes(parts: list[Promise], *, held: int = 0, on_hand: int = 0) -> dict[str, Any]:
    return {
        "locations": [part.location_id for part in parts],
        "variants": [part.variant_id for part in parts],
        "more_held": [held * part.quantity for part in parts],
        "more_on_hand": [on_hand * part.quantity for part in parts],
    }


@lru_cache(maxsize=1)
def _holding() -> Any:
    """Return the statement that writes holds and counts them in the stock."""
    holds = insertion_of_list(
        Hold, "id", "subject_id", "location_id", "variant_id", "quantity", "state", "expires_at",
        parameter="holds",
    )  # fmt: skip
    return _adding().add_cte(holds.cte())


@lru_cache(maxsize=1)
def _adding() -> Update:
    """Return the statement, built once: every hold and every sale changes stock with it."""
    change = func.unnest(
        bindparam("locations", type_=ARRAY(Uuid)), bindparam("variants", type_=ARRAY(Uuid)),
        bindparam("more_held", type_=ARRAY(Integer)),
        bindparam("more_on_hand", type_=ARRAY(Integer)),
    ).table_valued(
        column("location_id", Uuid), column("variant_id", Uuid), column("more_held", Integer),
        column("more_on_hand", Integer),
    ).render_derived(name="change")  # fmt: skip
    return (
        update(Stock)
        .where(Stock.location_id == change.c.location_id, Stock.variant_id == change.c.variant_id)
        .values(held=Stock.held + change.c.more_held, on_hand=Stock.on_hand + change.c.more_on_hand)
    )

"""Reading erasures."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.domains.privacy.models import Erasure, ErasurePlace
from app.domains.privacy.rules import ErasureState
from app.foundation.unit_of_work import UnitOfWork

OPEN = (ErasureState.ASKED.value, ErasureState.RUNNING.value)


@dataclass(frozen=True, slots=True)
class ErasureRecord:
    """A wish to be erased, and how far it is."""

    id: UUID
    person_id: UUID
    state: ErasureState
    asked_at: datetime
    due_at: datetime
    began_at: datetime | None
    email_indexes: frozenset[bytes]


_COLUMNS = (
    Erasure.id, Erasure.person_id, Erasure.state, Erasure.asked_at, Erasure.due_at,
    Erasure.began_at, Erasure.email_index, Erasure.other_index,
)  # fmt: skip


def find_open_erasure(unit: UnitOfWork, *, person_id: UUID) -> ErasureRecord | None:
    """Return a person's erasure that is asked for or at work."""
    query = select(*_COLUMNS).where(Erasure.person_id == person_id, Erasure.state.in_(OPEN))
    row = unit.session.execute(query).first()
    return _record(row) if row else None


def list_due_erasures(unit: UnitOfWork) -> list[ErasureRecord]:
    """Return all erasures whose time has come, or that were interrupted, longest due first.

    All of them: those that wait for something under way must not keep others from their turn.
    """
    query = (
        select(*_COLUMNS)
        .where(Erasure.state.in_(OPEN), Erasure.due_at <= unit.now)
        .order_by(Erasure.due_at)
    )
    return [_record(row) for row in unit.session.execute(query)]


def list_finished_person_ids(unit: UnitOfWork) -> list[UUID]:
    """Return everybody who was erased: ids that name nobody any more."""
    return list(
        unit.session.execute(
            select(Erasure.person_id)
            .where(Erasure.state == ErasureState.DONE.value)
            .order_by(Erasure.finished_at)
        ).scalars()
    )


def list_places(unit: UnitOfWork, *, erasure_id: UUID) -> dict[UUID, dict[str, set[UUID]]]:
    """Return where a person stood: the ids of their rows by kind, by shop."""
    rows = unit.session.execute(
        select(ErasurePlace.shop_id, ErasurePlace.ids).where(ErasurePlace.erasure_id == erasure_id)
    )
    return {
        row.shop_id: {kind: {UUID(each) for each in ids} for kind, ids in row.ids.items()}
        for row in rows
    }


def _record(row: Any) -> ErasureRecord:
    return ErasureRecord(
        row.id, row.person_id, ErasureState(row.state), row.asked_at, row.due_at, row.began_at,
        frozenset(each for each in (row.email_index, row.other_index) if each),
    )  # fmt: skip

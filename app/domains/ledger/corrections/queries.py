"""Reading corrections: of the shop in scope, or of a cell's shops in the platform's scope."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from app.domains.ledger.corrections.models import Correction
from app.domains.ledger.corrections.rules import (
    COUNTED_FOR,
    CorrectionKind,
    CorrectionReason,
)
from app.foundation.errors import NotFoundError
from app.foundation.money import Money
from app.foundation.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class CorrectionRecord:
    """A correction as it was posted; `shop` is the shop's role, `reversed_by` what took it back."""

    id: UUID
    shop: str
    kind: CorrectionKind
    order_id: UUID | None
    amount: Money
    reason: CorrectionReason
    reference: str
    reverses: UUID | None
    reversed_by: UUID | None
    posted_by: UUID
    approved_by: UUID | None
    posted_at: datetime

    @property
    def can_be_reversed(self) -> bool:
        """Whether a counter-entry may be written."""
        return self.reverses is None and self.reversed_by is None


def list_corrections(
    unit: UnitOfWork,
    *,
    ids: Collection[UUID] | None = None,
    page: int = 1,
    page_size: int = 50,
) -> list[CorrectionRecord]:
    """Return corrections, newest first; of these ids or all; one more than a page tells of a next."""
    counter = aliased(Correction)
    query = (
        select(Correction, counter.id)
        .outerjoin(counter, (counter.shop == Correction.shop) & (counter.reverses == Correction.id))
        .order_by(Correction.posted_at.desc(), Correction.id)
        .limit(page_size + 1)
        .offset((page - 1) * page_size)
    )
    if ids is not None:
        query = query.where(Correction.id.in_(list(ids)))
    return [_record(row, reversed_by) for row, reversed_by in unit.session.execute(query)]


def find_correction(unit: UnitOfWork, correction_id: UUID) -> CorrectionRecord | None:
    """Return a correction of the shop in scope."""
    found = list_corrections(unit, ids=[correction_id])
    return found[0] if found else None


def get_correction(unit: UnitOfWork, correction_id: UUID) -> CorrectionRecord:
    """Return a correction of the shop in scope. Raises NotFoundError."""
    found = find_correction(unit, correction_id)
    if found is None:
        raise NotFoundError
    return found


def sum_posted_alone(unit: UnitOfWork, *, currency: str) -> Money:
    """Return how much was posted on the shop in scope without a second person, lately."""
    amount = unit.session.execute(
        select(func.coalesce(func.sum(Correction.amount), 0)).where(
            Correction.approved_by.is_(None),
            Correction.currency == currency,
            Correction.posted_at > unit.now - COUNTED_FOR,
        )
    ).scalar_one()
    return Money(int(amount), currency)


def _record(row: Correction, reversed_by: UUID | None) -> CorrectionRecord:
    return CorrectionRecord(
        id=row.id, shop=row.shop, kind=CorrectionKind(row.kind), order_id=row.order_id,
        amount=Money(row.amount, row.currency), reason=CorrectionReason(row.reason),
        reference=row.reference, reverses=row.reverses, reversed_by=reversed_by,
        posted_by=row.posted_by, approved_by=row.approved_by, posted_at=row.posted_at,
    )  # fmt: skip

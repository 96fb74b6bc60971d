"""Reading refunds."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.domains.payments.refunds.models import Refund
from app.domains.payments.refunds.rules import UNANSWERED, RefundReason, RefundState
from app.foundation.errors import NotFoundError
from app.foundation.money import Money
from app.foundation.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class RefundRecord:
    """A refund as it stands; `pieces` by the number of the order's line."""

    id: UUID
    payment_id: UUID
    subject_id: UUID
    state: RefundState
    amount: Money
    tax: Money
    reason: RefundReason
    pieces: dict[int, int]
    provider_id: str
    failure: str
    asked_at: datetime
    changed_at: datetime

    @property
    def has_left(self) -> bool:
        """Whether the money left us, also where it came back later."""
        return self.state not in UNANSWERED | {RefundState.REFUSED}


def find_refund(
    unit: UnitOfWork, refund_id: UUID, *, for_update: bool = False
) -> RefundRecord | None:
    """Return a refund, locked until the commit where asked."""
    query = select(Refund).where(Refund.id == refund_id)
    row = unit.session.execute(
        query.with_for_update() if for_update else query,
        execution_options={"populate_existing": True},
    ).scalar_one_or_none()
    return _record(row) if row else None


def get_refund(unit: UnitOfWork, refund_id: UUID, *, for_update: bool = False) -> RefundRecord:
    """Return a refund, locked until the commit where asked. Raises NotFoundError."""
    found = find_refund(unit, refund_id, for_update=for_update)
    if found is None:
        raise NotFoundError
    return found


def list_refunds(unit: UnitOfWork, *, subject_id: UUID | None = None) -> list[RefundRecord]:
    """Return the refunds of a subject, or all of the shop's, in the order they were asked for."""
    query = select(Refund).order_by(Refund.asked_at, Refund.id)
    if subject_id is not None:
        query = query.where(Refund.subject_id == subject_id)
    return [_record(row) for row in unit.session.execute(query).scalars()]


def list_refunds_to_look_at(unit: UnitOfWork, *, limit: int = 50) -> list[UUID]:
    """Return refunds that we should ask the provider for, or about, now."""
    rows = unit.session.execute(
        select(Refund.id)
        .where(Refund.look_at.is_not(None), Refund.look_at <= unit.now)
        .order_by(Refund.look_at)
        .limit(limit)
    )
    return list(rows.scalars())


def is_refund_unanswered(unit: UnitOfWork, *, subject_id: UUID) -> bool:
    """Whether a refund of this subject is with the provider, its answer not yet here."""
    states = [state.value for state in UNANSWERED]
    found = unit.session.execute(
        select(Refund.id).where(Refund.subject_id == subject_id, Refund.state.in_(states)).limit(1)
    ).first()
    return found is not None


def _record(row: Refund) -> RefundRecord:
    return RefundRecord(
        id=row.id, payment_id=row.payment_id, subject_id=row.subject_id,
        state=RefundState(row.state), amount=Money(row.amount, row.currency),
        tax=Money(row.tax, row.currency), reason=RefundReason(row.reason),
        pieces={int(line): int(count) for line, count in row.pieces.items()},
        provider_id=row.provider_id, failure=row.failure, asked_at=row.asked_at,
        changed_at=row.changed_at,
    )  # fmt: skip

"""Reading what has no answer: of a cell's shops in the platform's scope."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select

from app.domains.payments.unanswered.models import Unanswered
from app.domains.payments.unanswered.rules import (
    SHOULD_ANSWER_WITHIN,
    SHOULD_ARRIVE_WITHIN,
    NextStep,
    UnansweredKind,
    next_step,
)
from app.foundation.flags import EVERYONE, list_stopped
from app.foundation.money import Money
from app.foundation.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class UnansweredRecord:
    """Something overdue; `shop` is the shop's role, `subject_id` the order, `next` what to do."""

    shop: str
    kind: UnansweredKind
    id: UUID
    subject_id: UUID
    state: str
    amount: Money
    since: datetime
    next: NextStep


def list_overdue(unit: UnitOfWork, *, limit: int = 200) -> list[UnansweredRecord]:
    """Return what has had no answer for longer than it should, oldest first."""
    stopped = {stop.shop for stop in list_stopped(unit)}
    is_pending = Unanswered.state == "pending"
    rows = unit.session.execute(
        select(Unanswered)
        .where(
            or_(
                ~is_pending & (Unanswered.since < unit.now - SHOULD_ANSWER_WITHIN),
                is_pending & (Unanswered.since < unit.now - SHOULD_ARRIVE_WITHIN),
            )
        )
        .order_by(Unanswered.since, Unanswered.id)
        .limit(limit)
    ).scalars()
    return [
        UnansweredRecord(
            shop=row.shop, kind=UnansweredKind(row.kind), id=row.id, subject_id=row.subject_id,
            state=row.state, amount=Money(row.amount, row.currency), since=row.since,
            next=next_step(
                row.state, row.since, unit.now, is_stopped=bool(stopped & {row.shop, EVERYONE})
            ),
        )
        for row in rows
    ]  # fmt: skip

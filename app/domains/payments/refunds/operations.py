"""Asking for refunds and taking them through their states; the payment's row counts along."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert, update

from app.domains.payments.errors import PaymentStepError
from app.domains.payments.models import Payment
from app.domains.payments.operations import write_payment_event
from app.domains.payments.queries import PaymentRecord
from app.domains.payments.refunds.models import Refund
from app.domains.payments.refunds.queries import RefundRecord
from app.domains.payments.refunds.rules import RefundReason, RefundState, can_step
from app.foundation.audit.rules import AuditKind
from app.foundation.money import Money
from app.foundation.unit_of_work import UnitOfWork

FIRST_LOOK = timedelta(seconds=10)


def ask_refund(
    unit: UnitOfWork,
    *,
    refund_id: UUID,
    payment: PaymentRecord,
    amount: Money,
    reason: RefundReason,
    pieces: dict[int, int],
    asked_by: str,
) -> None:
    """Write down that money is to be given back, and set it aside on the payment.

    The database refuses more than was captured and is not given back, whatever was checked before.
    """
    unit.session.execute(
        update(Payment)
        .where(Payment.id == payment.id)
        .values(refunding=Payment.refunding + amount.amount, changed_at=unit.now)
    )
    unit.session.execute(
        insert(Refund).values(
            id=refund_id, payment_id=payment.id, subject_id=payment.subject_id,
            state=RefundState.ASKED.value, currency=amount.currency, amount=amount.amount, tax=0,
            reason=reason.value, pieces={str(line): count for line, count in pieces.items()},
            asked_by=asked_by, provider_id="", failure="", look_at=unit.now + FIRST_LOOK,
            asked_at=unit.now, changed_at=unit.now,
        )
    )  # fmt: skip
    write_payment_event(unit, payment.id, "refund_asked", amount=amount.amount)
    unit.audit(
        actor=asked_by, action="ask_refund", object_kind="refund", object_id=refund_id,
        kind=AuditKind.MONEY, order=payment.subject_id,
        amount=amount.amount, currency=amount.currency, reason=reason.value,
    )  # fmt: skip


def note_refund_left(
    unit: UnitOfWork, *, refund: RefundRecord, to: RefundState, provider_id: str, tax: Money
) -> None:
    """Note that the money has left us, `tax` of it being tax. Raises PaymentStepError."""
    _step(unit, refund, to, provider_id=provider_id, tax=tax.amount)
    amount = refund.amount.amount
    unit.session.execute(
        update(Payment)
        .where(Payment.id == refund.payment_id)
        .values(
            refunding=Payment.refunding - amount, refunded=Payment.refunded + amount,
            changed_at=unit.now,
        )
    )  # fmt: skip
    write_payment_event(unit, refund.payment_id, "refund_left", amount=amount)


def note_refund_refused(unit: UnitOfWork, *, refund: RefundRecord, failure: str) -> None:
    """Note that the provider would not do it: the amount is free again. Raises PaymentStepError."""
    _step(unit, refund, RefundState.REFUSED, failure=failure, look_at=None)
    unit.session.execute(
        update(Payment)
        .where(Payment.id == refund.payment_id)
        .values(refunding=Payment.refunding - refund.amount.amount, changed_at=unit.now)
    )
    write_payment_event(unit, refund.payment_id, "refund_refused", amount=refund.amount.amount)


def step_refund(
    unit: UnitOfWork, *, refund: RefundRecord, to: RefundState, failure: str = ""
) -> None:
    """Take a refund to another state that moves nothing on the payment. Raises PaymentStepError."""
    _step(unit, refund, to, failure=failure)
    write_payment_event(unit, refund.payment_id, f"refund_{to}", amount=refund.amount.amount)


def look_at_refund_later(unit: UnitOfWork, *, refund_id: UUID, wait: timedelta | None) -> None:
    """Ask the provider about this refund again in a while, or no more."""
    unit.session.execute(
        update(Refund)
        .where(Refund.id == refund_id)
        .values(look_at=unit.now + wait if wait is not None else None)
    )


def _step(unit: UnitOfWork, refund: RefundRecord, to: RefundState, **changes: Any) -> None:
    if not can_step(refund.state, to):
        raise PaymentStepError
    moved = unit.session.execute(
        update(Refund)
        .where(Refund.id == refund.id, Refund.state == refund.state.value)
        .values(state=to.value, changed_at=unit.now, **changes)
        .returning(Refund.id)
    ).first()
    if moved is None:
        raise PaymentStepError

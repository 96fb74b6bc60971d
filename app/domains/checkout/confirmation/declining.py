"""A card was declined: once is an accident, twice ends the payment but not the order.

The buyer's browser tries cards at the provider, past us, with the payment's secret. A program that
tries out stolen cards must not keep one (security.md, 17), so the order goes on with another payment.
"""

from app.domains.checkout.confirmation.calls import FIRST_LOOK_SECONDS, Follow, cancelling
from app.domains.checkout.confirmation.sight import Sight
from app.domains.checkout.confirmation.waiting import wait
from app.domains.orders.rules import PaymentStanding
from app.domains.payments.card_testing.rules import is_worn_out
from app.domains.payments.operations import create_payment, look_later, note_declines, step
from app.domains.payments.rules import PaymentState
from app.foundation.unit_of_work import UnitOfWork


def note_failure(unit: UnitOfWork, sight: Sight) -> Follow | None:
    """Write that a card was declined; let the intent go after two, or wait for the next card."""
    note_declines(unit, payment=sight.payment, declines=sight.intent.declines)
    was_failed = sight.payment.state is PaymentState.FAILED
    if not was_failed:
        step(unit, payment=sight.payment, to=PaymentState.FAILED, failure=sight.intent.failure)
    if _is_open(sight) and is_worn_out(sight.intent.declines):
        look_later(unit, payment_id=sight.payment.id, seconds=FIRST_LOOK_SECONDS)
        return cancelling(sight.payment)
    return wait(unit, sight.order, sight.payment) if was_failed else None


def is_to_be_replaced(sight: Sight) -> bool:
    """Whether the provider cancelled this payment because cards were declined."""
    is_failed = sight.payment.state is PaymentState.FAILED
    return is_failed and _is_open(sight) and is_worn_out(sight.payment.declines)


def replace_payment(unit: UnitOfWork, sight: Sight) -> None:
    """End a payment that was cancelled; its order keeps its pieces and gets another payment.

    The next one waits for a challenge, and the provider hears of it only afterwards.
    """
    step(unit, payment=sight.payment, to=PaymentState.EXPIRED, look_at=None)
    create_payment(
        unit, subject_kind="order", subject_id=sight.order.id, amount=sight.payment.amount,
        needs_challenge=True,
    )  # fmt: skip


def _is_open(sight: Sight) -> bool:
    return sight.order.payment_state is PaymentStanding.AWAITING

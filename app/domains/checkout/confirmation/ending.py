"""A payment that ends without an order: let go, run out, or given back."""

from app.domains.checkout.confirmation.calls import (
    FIRST_LOOK_SECONDS,
    Follow,
    cancelling,
    refunding,
)
from app.domains.checkout.confirmation.declining import is_to_be_replaced, replace_payment
from app.domains.checkout.confirmation.settling import allocation_of, post_capture
from app.domains.checkout.confirmation.sight import Sight, count_pieces
from app.domains.inventory.operations import release_holds, return_stock
from app.domains.ledger import operations as ledger
from app.domains.orders.operations import cancel_order, mark_refunded
from app.domains.orders.rules import PaymentStanding
from app.domains.payments.operations import look_later, step
from app.domains.payments.queries import get_payment
from app.domains.payments.rules import PaymentState
from app.foundation.unit_of_work import UnitOfWork


def cancel(unit: UnitOfWork, sight: Sight) -> Follow:
    """Cancel at the provider; what it had authorised meanwhile is posted, to be voided."""
    look_later(unit, payment_id=sight.payment.id, seconds=FIRST_LOOK_SECONDS)
    return cancelling(sight.payment)


def close(unit: UnitOfWork, sight: Sight) -> None:
    """Give everything back: the provider has cancelled, by our wish or because time ran out.

    After declined cards the order goes on with another payment instead.
    """
    if is_to_be_replaced(sight):
        replace_payment(unit, sight)
        return
    order, payment = sight.order, sight.payment
    was_capturing = payment.state in {PaymentState.CAPTURING, PaymentState.CAPTURE_FAILED}
    to = PaymentState.VOIDED if payment.state is PaymentState.VOIDING else PaymentState.EXPIRED
    step(unit, payment=payment, to=to, look_at=None)
    if was_capturing:
        return_stock(unit, quantities=count_pieces(unit, order))
    release_holds(unit, subject_id=order.id)
    if order.payment_state in {PaymentStanding.AWAITING, PaymentStanding.AUTHORISED}:
        cancel_order(unit, order_id=order.id, state=order.payment_state, reason="payment_ended")
    if payment.authorised:
        ledger.post_void(unit, payment_id=payment.id, order_id=order.id, amount=sight.intent.amount)


def refund(unit: UnitOfWork, sight: Sight) -> Follow | None:
    """Give back money that came for pieces which are gone."""
    payment, intent = sight.payment, sight.intent
    if payment.state is PaymentState.VOIDING:
        _take_to_give_back(unit, sight)
    if intent.refunded.amount >= intent.captured.amount > 0:
        _finish_refund(unit, sight)
        return None
    look_later(unit, payment_id=payment.id, seconds=FIRST_LOOK_SECONDS)
    return refunding(payment)


def _take_to_give_back(unit: UnitOfWork, sight: Sight) -> None:
    """Post money that the provider took although we wanted to let it go."""
    order, payment, intent = sight.order, sight.payment, sight.intent
    step(unit, payment=payment, to=PaymentState.REFUNDING, captured=intent.captured.amount,
         authorised=intent.amount.amount, charge_id=intent.charge_id)  # fmt: skip
    if not payment.authorised:
        ledger.post_authorise(unit, payment_id=payment.id, order_id=order.id, amount=intent.amount)
    post_capture(unit, sight)
    post_refund(unit, sight)


def post_refund(unit: UnitOfWork, sight: Sight) -> None:
    """Post that the whole of an order's money goes back."""
    ledger.post_refund(
        unit,
        refund_id=sight.payment.id,
        order_id=sight.order.id,
        allocation=allocation_of(sight.order),
    )


def _finish_refund(unit: UnitOfWork, sight: Sight) -> None:
    order, intent = sight.order, sight.intent
    current = get_payment(unit, sight.payment.id)
    step(unit, payment=current, to=PaymentState.REFUNDED, refunded=intent.refunded.amount,
         look_at=None)  # fmt: skip
    if order.payment_state is PaymentStanding.CONFIRMED:
        mark_refunded(unit, order_id=order.id, state=order.payment_state)
    ledger.post_refund_succeeded(
        unit, transaction=intent.refund_transaction, order_id=order.id, amount=intent.refunded
    )

"""The money is promised: take the pieces off the shelf, or let the money go."""

from app.domains.cart.operations import mark_ordered
from app.domains.checkout.confirmation.calls import Follow, cancelling, capturing, refunding
from app.domains.checkout.confirmation.ending import post_refund
from app.domains.checkout.confirmation.settling import post_capture
from app.domains.checkout.confirmation.sight import Sight, count_pieces
from app.domains.checkout.queries import find_cart_id_of_order
from app.domains.inventory.operations import claim_free, claim_held
from app.domains.ledger import operations as ledger
from app.domains.orders.operations import cancel_order, confirm_order, mark_authorised
from app.domains.orders.queries import OrderRecord
from app.domains.orders.rules import PaymentStanding
from app.domains.payments.operations import step
from app.domains.payments.rules import PaymentState
from app.foundation.unit_of_work import UnitOfWork


def claim_pieces(unit: UnitOfWork, sight: Sight) -> Follow:
    """Handle money that is authorised: capture it, or void it where the pieces are gone."""
    order, payment, intent = sight.order, sight.payment, sight.intent
    is_claimed = _claim(unit, order)
    to = PaymentState.CAPTURING if is_claimed else PaymentState.VOIDING
    step(unit, payment=payment, to=to, authorised=intent.amount.amount, failure="",
         charge_id=intent.charge_id, capture_before=intent.capture_before)  # fmt: skip
    if is_claimed:
        mark_authorised(unit, order_id=order.id, state=order.payment_state)
        _close_cart(unit, order)
    else:
        _cancel_gone(unit, order)
    ledger.post_authorise(unit, payment_id=payment.id, order_id=order.id, amount=intent.amount)
    return capturing(payment) if is_claimed else cancelling(payment)


def claim_paid_pieces(unit: UnitOfWork, sight: Sight) -> Follow | None:
    """Handle a method that took the money at once (iDEAL): keep it, or give it back."""
    order, payment, intent = sight.order, sight.payment, sight.intent
    is_claimed = _claim(unit, order)
    step(unit, payment=payment, to=PaymentState.CAPTURED if is_claimed else PaymentState.REFUNDING,
         authorised=intent.amount.amount, captured=intent.captured.amount, failure="",
         charge_id=intent.charge_id)  # fmt: skip
    if is_claimed:
        confirm_order(unit, order_id=order.id, state=order.payment_state)
        _close_cart(unit, order)
    else:
        _cancel_gone(unit, order)
    ledger.post_authorise(unit, payment_id=payment.id, order_id=order.id, amount=intent.amount)
    post_capture(unit, sight)
    if is_claimed:
        return None
    post_refund(unit, sight)
    return refunding(payment)


def _claim(unit: UnitOfWork, order: OrderRecord) -> bool:
    if order.payment_state is not PaymentStanding.AWAITING:
        return False
    return claim_held(unit, subject_id=order.id) or claim_free(
        unit, wanted=count_pieces(unit, order)
    )


def _cancel_gone(unit: UnitOfWork, order: OrderRecord) -> None:
    if order.payment_state is PaymentStanding.AWAITING:
        cancel_order(unit, order_id=order.id, state=order.payment_state, reason="gone")


def _close_cart(unit: UnitOfWork, order: OrderRecord) -> None:
    cart_id = find_cart_id_of_order(unit, order_id=order.id)
    if cart_id:
        mark_ordered(unit, cart_id=cart_id)

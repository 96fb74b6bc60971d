"""A payment that waits: for its buyer, for the provider, or until we give it up."""

from app.domains.checkout.confirmation.calls import Follow, cancelling
from app.domains.checkout.confirmation.sight import Sight, lock_both
from app.domains.inventory.operations import release_holds
from app.domains.orders.operations import cancel_order
from app.domains.orders.queries import OrderRecord
from app.domains.orders.rules import PaymentStanding
from app.domains.payments.operations import look_later, step, stop_looking
from app.domains.payments.queries import PaymentRecord
from app.domains.payments.rules import ENDED, GIVE_UP_AFTER, WAITING_FOR_BUYER, PaymentState
from app.foundation.unit_of_work import UnitOfWork

LOOK_FOR_UNBORN_SECONDS = 60.0
SHORTEST_WAIT_SECONDS = 20.0
WAIT_PART_OF_AGE = 4
"""The older a payment, the more seldom it is looked at: after a quarter of its age."""


def wait(unit: UnitOfWork, order: OrderRecord, payment: PaymentRecord) -> Follow | None:
    """Look again later, unless it has ended; give up one that the buyer has left for good."""
    if payment.state in ENDED:
        stop_looking(unit, payment_id=payment.id)
        return None
    age = unit.now - payment.created_at
    if payment.state in WAITING_FOR_BUYER and age > GIVE_UP_AFTER:
        return _give_up(unit, order, payment)
    seconds = max(SHORTEST_WAIT_SECONDS, age.total_seconds() / WAIT_PART_OF_AGE)
    look_later(unit, payment_id=payment.id, seconds=seconds)
    return None


def _give_up(unit: UnitOfWork, order: OrderRecord, payment: PaymentRecord) -> Follow:
    step(unit, payment=payment, to=PaymentState.VOIDING)
    _abandon(unit, order)
    return cancelling(payment)


def _abandon(unit: UnitOfWork, order: OrderRecord) -> None:
    release_holds(unit, subject_id=order.id)
    if order.payment_state is PaymentStanding.AWAITING:
        cancel_order(unit, order_id=order.id, state=order.payment_state, reason="abandoned")


def close_unborn(unit: UnitOfWork, seen: PaymentRecord) -> None:
    """Close a payment whose intent never came to be, once the buyer cannot be waiting for it."""
    order, payment = lock_both(unit, seen)
    if payment.state is PaymentState.VOIDING:
        step(unit, payment=payment, to=PaymentState.VOIDED, look_at=None)
        return
    if unit.now - payment.created_at <= GIVE_UP_AFTER:
        look_later(unit, payment_id=payment.id, seconds=LOOK_FOR_UNBORN_SECONDS)
        return
    step(unit, payment=payment, to=PaymentState.EXPIRED, look_at=None)
    _abandon(unit, order)


def note_action(unit: UnitOfWork, sight: Sight) -> Follow | None:
    """Write that the buyer's bank asks something."""
    if sight.payment.state not in {PaymentState.AUTHORISING, PaymentState.FAILED}:
        return wait(unit, sight.order, sight.payment)
    step(unit, payment=sight.payment, to=PaymentState.REQUIRES_ACTION)
    return None

"""The money is ours to hold: taking it, and what the books say of it."""

from datetime import timedelta

from app.domains.checkout.confirmation.calls import FIRST_LOOK_SECONDS, Follow, capturing
from app.domains.checkout.confirmation.sight import Sight
from app.domains.checkout.ports import PlatformTerms
from app.domains.ledger import operations as ledger
from app.domains.ledger.rules import Allocation, allocate
from app.domains.orders.operations import confirm_order
from app.domains.orders.queries import OrderRecord
from app.domains.payments.operations import look_later, note_fee, step, stop_looking
from app.domains.payments.rules import PaymentState
from app.foundation.ports import port
from app.foundation.unit_of_work import UnitOfWork

ASK_FOR_FEE = timedelta(seconds=30)


def capture(unit: UnitOfWork, sight: Sight) -> Follow:
    """Take what was authorised; the answer is looked at soon, should it be lost."""
    look_later(unit, payment_id=sight.payment.id, seconds=FIRST_LOOK_SECONDS)
    return capturing(sight.payment)


def settle(unit: UnitOfWork, sight: Sight) -> None:
    """Confirm the order whose money is taken; of its fee, keep which it is or when to ask for it."""
    order, intent = sight.order, sight.intent
    of_fee = (
        {"look_at": unit.now + ASK_FOR_FEE}
        if intent.fee is None
        else {"look_at": None, "fee_transaction": intent.fee_transaction}
    )
    step(unit, payment=sight.payment, to=PaymentState.CAPTURED, captured=intent.captured.amount,
         charge_id=intent.charge_id, **of_fee)  # fmt: skip
    confirm_order(unit, order_id=order.id, state=order.payment_state)
    _post_taken(unit, sight)
    _post_fee(unit, sight)


def post_capture(unit: UnitOfWork, sight: Sight) -> None:
    """Post taken money, and the provider's fee where it is known."""
    _post_taken(unit, sight)
    _settle_fee(unit, sight)


def _post_taken(unit: UnitOfWork, sight: Sight) -> None:
    ledger.post_capture(
        unit,
        payment_id=sight.payment.id,
        order_id=sight.order.id,
        amount=sight.intent.captured,
        authorised=sight.intent.amount,
        allocation=allocation_of(sight.order),
        charge=sight.intent.charge_id,
        jurisdiction=sight.order.country,
    )


def allocation_of(order: OrderRecord) -> Allocation:
    """Return whose the order's money is, by the platform's terms."""
    terms = port(PlatformTerms)
    return allocate(
        total=order.total, tax=order.tax, commission_basis_points=terms.commission_basis_points
    )


def _settle_fee(unit: UnitOfWork, sight: Sight) -> None:
    """Post the provider's fee and note it once it is known; ask again until it is."""
    payment, intent = sight.payment, sight.intent
    if payment.fee_transaction:
        return
    if intent.fee is None:
        look_later(unit, payment_id=payment.id, seconds=ASK_FOR_FEE.total_seconds())
        return
    _post_fee(unit, sight)
    note_fee(unit, payment_id=payment.id, transaction=intent.fee_transaction)


def _post_fee(unit: UnitOfWork, sight: Sight) -> None:
    intent = sight.intent
    if intent.fee:
        ledger.post_fee(
            unit, transaction=intent.fee_transaction, order_id=sight.order.id, amount=intent.fee
        )


def post_late_fee(unit: UnitOfWork, sight: Sight) -> None:
    """Post the fee of a captured payment; once it is posted, there is nothing to look for."""
    _settle_fee(unit, sight)
    if sight.intent.fee is not None:
        stop_looking(unit, payment_id=sight.payment.id)

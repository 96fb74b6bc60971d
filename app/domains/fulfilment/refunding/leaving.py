"""A refund has left our balance: what books, payment and order say from then on."""

from app.domains.fulfilment.events import MoneyReturned
from app.domains.ledger import operations as ledger
from app.domains.ledger.queries import OrderStanding, get_order_standing
from app.domains.ledger.rules import Allocation, allocate_refund
from app.domains.orders.operations import mark_refunded, note_partial_refund
from app.domains.orders.queries import OrderRecord
from app.domains.payments.operations import step
from app.domains.payments.ports import RefundSnapshot, RefundStatus
from app.domains.payments.queries import PaymentRecord, get_payment
from app.domains.payments.refunds import operations as refunds
from app.domains.payments.refunds.queries import RefundRecord, get_refund
from app.domains.payments.refunds.rules import RefundState
from app.domains.payments.rules import PaymentState
from app.domains.payments.transfers.operations import plan_reversal
from app.domains.payments.transfers.queries import list_transfers
from app.domains.payments.transfers.rules import TransferState
from app.foundation.money import Money
from app.foundation.unit_of_work import UnitOfWork


def note_left(
    unit: UnitOfWork,
    order: OrderRecord,
    payment: PaymentRecord,
    refund: RefundRecord,
    found: RefundSnapshot,
) -> RefundRecord:
    """The money has left our balance: books, payment and order, and the seller's part of it."""
    standing = get_order_standing(unit, order_id=order.id)
    left = Allocation(standing.seller_left, standing.commission_left, standing.tax_left)
    allocation = allocate_refund(refund=refund.amount, left=left)
    is_settled = found.status is RefundStatus.SUCCEEDED
    refunds.note_refund_left(
        unit, refund=refund, to=RefundState.SUCCEEDED if is_settled else RefundState.PENDING,
        provider_id=found.provider_id, tax=allocation.tax,
    )  # fmt: skip
    _note_on_order(unit, order, payment, refund)
    _plan_reversal(unit, refund, standing, allocation)
    unit.record(MoneyReturned(order_id=order.id, refund_id=refund.id))
    ledger.post_refund(unit, refund_id=refund.id, order_id=order.id, allocation=allocation)
    ledger.post_refund_succeeded(
        unit, transaction=found.transaction or found.provider_id, order_id=order.id,
        amount=refund.amount,
    )  # fmt: skip
    return get_refund(unit, refund.id)


def _note_on_order(
    unit: UnitOfWork, order: OrderRecord, payment: PaymentRecord, refund: RefundRecord
) -> None:
    refunded = payment.refunded + refund.amount.amount
    if refunded < payment.captured or payment.state is not PaymentState.CAPTURED:
        note_partial_refund(unit, order_id=order.id, amount=refund.amount.amount)
        return
    step(unit, payment=payment, to=PaymentState.REFUNDING, look_at=None)
    step(
        unit, payment=get_payment(unit, payment.id), to=PaymentState.REFUNDED, refunded=refunded,
        look_at=None,
    )  # fmt: skip
    mark_refunded(unit, order_id=order.id, state=order.payment_state)


def _plan_reversal(
    unit: UnitOfWork, refund: RefundRecord, standing: OrderStanding, allocation: Allocation
) -> None:
    """Bring back what the seller got of it already, as far as it was transferred for this order."""
    owed = allocation.seller.amount - standing.held.amount - standing.available.amount
    for transfer in list_transfers(unit, subject_id=refund.subject_id):
        left = transfer.amount.amount - transfer.reversed.amount
        part = min(owed, left)
        if part <= 0 or transfer.state is not TransferState.DONE:
            continue
        amount = Money(part, refund.amount.currency)
        plan_reversal(unit, transfer=transfer, refund_id=refund.id, amount=amount)
        owed -= part

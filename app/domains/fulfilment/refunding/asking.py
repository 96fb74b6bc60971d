"""A merchant's wish to give money back, written down before anybody is asked."""

from dataclasses import dataclass
from uuid import UUID

from app.domains.fulfilment.errors import PiecesNotRefundableError
from app.domains.fulfilment.four_eyes import refuse_without_second_person
from app.domains.fulfilment.rules import count_left, is_within
from app.domains.orders.queries import OrderRecord, get_order, list_lines
from app.domains.payments.errors import PaymentStepError, RefundTooLargeError
from app.domains.payments.queries import PaymentRecord, find_payment_of, get_payment
from app.domains.payments.refunds import operations as refunds
from app.domains.payments.refunds.queries import find_refund, list_refunds
from app.domains.payments.refunds.rules import RefundReason, RefundState
from app.domains.payments.rules import PaymentState
from app.foundation.guards import Guard, is_guarded
from app.foundation.identifiers import new_id
from app.foundation.money import Money, total
from app.foundation.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Wish:
    """What the merchant wants to give back: an amount, or pieces (by line) and the shipping."""

    reason: RefundReason
    amount: Money | None = None
    pieces: dict[int, int] | None = None
    with_shipping: bool = False


def ask_refund(
    unit: UnitOfWork, *, refund_id: UUID, order_id: UUID, wish: Wish, asked_by: str
) -> UUID:
    """Write down that money is to be given back; the same `refund_id` again is the same refund.

    Raises NotFoundError, PaymentStepError, RefundTooLargeError, PiecesNotRefundableError, and
    ApprovalNeededError where a person asks for more than one may decide alone (ASVS 2.3.5).
    """
    order = get_order(unit, order_id, for_update=is_guarded(Guard.PAYMENT_LOCK))
    known = find_refund(unit, refund_id)
    if known is not None and is_guarded(Guard.IDEMPOTENCY):
        if known.subject_id != order_id:
            raise PaymentStepError
        return known.id
    payment = _refundable(unit, order)
    amount, pieces = _measure(unit, order, wish)
    if not 0 < amount.amount <= payment.captured - payment.refunded - payment.refunding:
        raise RefundTooLargeError
    refuse_without_second_person(
        unit, refund_id=refund_id, order_id=order_id, amount=amount, asked_by=asked_by
    )
    chosen = refund_id if known is None else new_id()
    refunds.ask_refund(
        unit, refund_id=chosen, payment=payment, amount=amount, reason=wish.reason, pieces=pieces,
        asked_by=asked_by,
    )  # fmt: skip
    return chosen


def _refundable(unit: UnitOfWork, order: OrderRecord) -> PaymentRecord:
    found = find_payment_of(unit, subject_id=order.id)
    if found is None:
        raise PaymentStepError
    payment = get_payment(unit, found.id, for_update=True)
    if not order.is_confirmed or payment.state is not PaymentState.CAPTURED:
        raise PaymentStepError
    return payment


def _measure(unit: UnitOfWork, order: OrderRecord, wish: Wish) -> tuple[Money, dict[int, int]]:
    """Return how much a wish is, and of which pieces."""
    if wish.pieces is None and wish.amount is not None:
        return wish.amount, {}
    wanted = wish.pieces or {}
    if wanted and not is_within(wanted, count_refundable(unit, order_id=order.id)):
        raise PiecesNotRefundableError
    if not wanted and not wish.with_shipping:
        raise PiecesNotRefundableError
    lines = dict(enumerate(list_lines(unit, order.id), start=1))
    parts = [lines[line].unit_price * quantity for line, quantity in wanted.items()]
    shipping = [order.shipping] if wish.with_shipping else []
    return total([*parts, *shipping], order.total.currency), wanted


def count_refundable(unit: UnitOfWork, *, order_id: UUID) -> dict[int, int]:
    """Return how many of each line, by its number, have not been given back."""
    sold = {
        number: line.quantity for number, line in enumerate(list_lines(unit, order_id), start=1)
    }
    counted = [
        refund.pieces
        for refund in list_refunds(unit, subject_id=order_id)
        if refund.state is not RefundState.REFUSED
    ]
    return count_left(sold, counted)

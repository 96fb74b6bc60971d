"""Giving money back: ask, call the provider, keep its answer; never a call inside a transaction.

The merchant's wish is committed first, its amount set aside on the payment. Our own id is the
provider's idempotency key. No answer is `unknown`: we look the refund up, and send it again only
while the provider keeps the key. Where the seller's part was transferred already, the transfer is
reversed; that may be refused, and then the seller owes it (money.md, section 5).
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import structlog

from app.domains.fulfilment.errors import PiecesNotRefundableError
from app.domains.fulfilment.events import MoneyReturned
from app.domains.fulfilment.four_eyes import refuse_without_second_person
from app.domains.fulfilment.rules import count_left, is_within
from app.domains.ledger import operations as ledger
from app.domains.ledger.queries import OrderStanding, get_order_standing
from app.domains.ledger.rules import Allocation
from app.domains.orders.operations import mark_refunded, note_partial_refund
from app.domains.orders.queries import OrderRecord, get_order, list_lines
from app.domains.payments.errors import PaymentStepError, RefundTooLargeError
from app.domains.payments.operations import step
from app.domains.payments.ports import (
    NewRefund,
    PaymentProvider,
    ProviderRefusedError,
    ProviderUnavailableError,
    RefundSnapshot,
    RefundStatus,
)
from app.domains.payments.queries import PaymentRecord, find_payment_of, get_payment
from app.domains.payments.refunds import operations as refunds
from app.domains.payments.refunds.queries import (
    RefundRecord,
    find_refund,
    get_refund,
    list_refunds,
)
from app.domains.payments.refunds.rules import (
    LOOK_DAILY_FOR,
    UNANSWERED,
    RefundReason,
    RefundState,
)
from app.domains.payments.rules import PaymentState
from app.domains.payments.transfers.operations import plan_reversal
from app.domains.payments.transfers.queries import is_transfer_open, list_transfers
from app.domains.payments.transfers.rules import TransferState, may_send_again
from app.foundation.database import ShopScope
from app.foundation.flags import is_money_stopped
from app.foundation.guards import Guard, is_guarded
from app.foundation.identifiers import new_id
from app.foundation.money import Money, total
from app.foundation.ports import port
from app.foundation.unit_of_work import UnitOfWork, run_in_unit, unit_of_work

log = structlog.get_logger(__name__)

LOOK_SOON = timedelta(seconds=20)
LOOK_HOURLY = timedelta(hours=1)
LOOK_DAILY = timedelta(days=1)
_STILL_AT_WORK = {"idempotency_key_in_use", "lock_timeout"}


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


def pursue_refund(scope: ShopScope, *, refund_id: UUID) -> RefundState:
    """Ask the provider for a refund, or about it, and keep the answer. Safe at any time.

    Waits while the shop's money is stopped, and while a transfer of the order is on its way.
    """
    with unit_of_work(scope) as unit:
        refund = get_refund(unit, refund_id)
        payment = get_payment(unit, refund.payment_id)
        waits = is_money_stopped(unit) or is_transfer_open(unit, subject_id=refund.subject_id)
        now = unit.now
    if refund.state in UNANSWERED and waits:
        run_in_unit(scope, lambda unit: _look_later(unit, refund_id, LOOK_SOON))
        return refund.state
    wanted = NewRefund(refund.id, payment.id, scope.shop_id, payment.provider_id, refund.amount)
    try:
        found = _ask(refund, wanted, may_send=may_send_again(refund.asked_at, now))
    except ProviderUnavailableError:
        return run_in_unit(scope, lambda unit: _note_silence(unit, refund_id))
    except ProviderRefusedError as refusal:
        return _take_refusal(scope, wanted, refusal.code)
    if found is None:
        log.error("refund needs a person", refund_id=str(refund_id))
        run_in_unit(scope, lambda unit: _look_later(unit, refund_id, LOOK_HOURLY))
        return refund.state
    return run_in_unit(scope, lambda unit: _apply(unit, refund_id, found))


def _ask(refund: RefundRecord, wanted: NewRefund, *, may_send: bool) -> RefundSnapshot | None:
    provider = port(PaymentProvider)
    if refund.provider_id:
        return provider.fetch_refund(refund.provider_id)
    if refund.state is RefundState.UNKNOWN or not may_send:
        found = provider.find_refund(wanted.intent_id, refund_id=wanted.refund_id)
        if found is not None or not may_send:
            return found
    return provider.create_refund(wanted)


def _take_refusal(scope: ShopScope, wanted: NewRefund, code: str) -> RefundState:
    """Believe a refusal only where the provider has no refund of ours: a key may have run out."""
    refund_id = wanted.refund_id
    try:
        found = port(PaymentProvider).find_refund(wanted.intent_id, refund_id=refund_id)
    except (ProviderUnavailableError, ProviderRefusedError):
        return run_in_unit(scope, lambda unit: _note_silence(unit, refund_id))
    if found is not None:
        return run_in_unit(scope, lambda unit: _apply(unit, refund_id, found))
    if code in _STILL_AT_WORK:
        return run_in_unit(scope, lambda unit: _note_silence(unit, refund_id))
    log.warning("refund refused", refund_id=str(refund_id), code=code)
    return run_in_unit(scope, lambda unit: _note_refusal(unit, refund_id, code))


def _lock(unit: UnitOfWork, refund_id: UUID) -> tuple[OrderRecord, PaymentRecord, RefundRecord]:
    """Lock order, payment and refund, in this order, and return them as they are."""
    refund = get_refund(unit, refund_id)
    order = get_order(unit, refund.subject_id, for_update=True)
    payment = get_payment(unit, refund.payment_id, for_update=True)
    return order, payment, get_refund(unit, refund_id, for_update=True)


def _look_later(unit: UnitOfWork, refund_id: UUID, wait: timedelta) -> None:
    refunds.look_at_refund_later(unit, refund_id=refund_id, wait=wait)


def _note_silence(unit: UnitOfWork, refund_id: UUID) -> RefundState:
    _, _, refund = _lock(unit, refund_id)
    if refund.state is RefundState.ASKED:
        refunds.step_refund(unit, refund=refund, to=RefundState.UNKNOWN)
    _look_later(unit, refund_id, LOOK_SOON)
    return get_refund(unit, refund_id).state


def _note_refusal(unit: UnitOfWork, refund_id: UUID, code: str) -> RefundState:
    _, _, refund = _lock(unit, refund_id)
    if refund.state in UNANSWERED:
        refunds.note_refund_refused(unit, refund=refund, failure=code)
    return get_refund(unit, refund_id).state


def _apply(unit: UnitOfWork, refund_id: UUID, found: RefundSnapshot) -> RefundState:
    """Commit what follows from the provider's refund as it is now."""
    order, payment, refund = _lock(unit, refund_id)
    if refund.state in UNANSWERED:
        refund = _note_left(unit, order, payment, refund, found)
    if found.status is RefundStatus.SUCCEEDED and refund.state is RefundState.PENDING:
        refunds.step_refund(unit, refund=refund, to=RefundState.SUCCEEDED)
    elif found.status is RefundStatus.FAILED and refund.state is not RefundState.FAILED:
        refunds.step_refund(unit, refund=refund, to=RefundState.FAILED, failure=found.failure)
        ledger.post_refund_failed(
            unit, transaction=found.failure_transaction or f"{found.provider_id}:failed",
            order_id=order.id, amount=refund.amount,
        )  # fmt: skip
        log.error("refund came back", refund_id=str(refund_id), order_id=str(order.id))
    refunds.look_at_refund_later(
        unit, refund_id=refund_id, wait=_next_look(unit, get_refund(unit, refund_id))
    )
    return get_refund(unit, refund_id).state


def _next_look(unit: UnitOfWork, refund: RefundRecord) -> timedelta | None:
    if refund.state is RefundState.PENDING:
        return LOOK_HOURLY
    is_young = unit.now - refund.asked_at < LOOK_DAILY_FOR
    return LOOK_DAILY if refund.state is RefundState.SUCCEEDED and is_young else None


def _note_left(
    unit: UnitOfWork,
    order: OrderRecord,
    payment: PaymentRecord,
    refund: RefundRecord,
    found: RefundSnapshot,
) -> RefundRecord:
    """The money has left our balance: books, payment and order, and the seller's part of it."""
    standing = get_order_standing(unit, order_id=order.id)
    allocation = _allocate(standing, refund.amount)
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


def _allocate(standing: OrderStanding, amount: Money) -> Allocation:
    """Split a refund in the proportion of what is left of the capture; all of it at the end."""
    left = (standing.seller_left, standing.commission_left, standing.tax_left)
    seller, commission, tax = amount.split([part.amount for part in left])
    return Allocation(seller=seller, commission=commission, tax=tax)


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


def look_at_refunds_of(scope: ShopScope, *, payment_id: UUID) -> None:
    """Look at every refund of a payment, because the provider said that something changed."""
    with unit_of_work(scope) as unit:
        subject_id = get_payment(unit, payment_id).subject_id
        concerned = [
            refund.id
            for refund in list_refunds(unit, subject_id=subject_id)
            if refund.state not in {RefundState.FAILED, RefundState.REFUSED}
        ]
    for refund_id in concerned:
        pursue_refund(scope, refund_id=refund_id)

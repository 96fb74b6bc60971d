"""Refunds asked of the provider, or about; their answers kept."""

from datetime import timedelta
from uuid import UUID

import structlog

from app.domains.fulfilment.refunding.leaving import note_left
from app.domains.ledger import operations as ledger
from app.domains.orders.queries import OrderRecord, get_order
from app.domains.payments.ports import (
    NewRefund,
    PaymentProvider,
    ProviderRefusedError,
    ProviderUnavailableError,
    RefundSnapshot,
    RefundStatus,
)
from app.domains.payments.queries import PaymentRecord, get_payment
from app.domains.payments.refunds import operations as refunds
from app.domains.payments.refunds.queries import RefundRecord, get_refund, list_refunds
from app.domains.payments.refunds.rules import LOOK_DAILY_FOR, UNANSWERED, RefundState
from app.domains.payments.transfers.queries import is_transfer_open
from app.domains.payments.transfers.rules import may_send_again
from app.foundation.database import ShopScope
from app.foundation.flags import is_money_stopped
from app.foundation.ports import port
from app.foundation.unit_of_work import UnitOfWork, run_in_unit, unit_of_work

log = structlog.get_logger(__name__)
LOOK_SOON = timedelta(seconds=20)
LOOK_HOURLY = timedelta(hours=1)
LOOK_DAILY = timedelta(days=1)
_STILL_AT_WORK = {"idempotency_key_in_use", "lock_timeout"}


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
        refund = note_left(unit, order, payment, refund, found)
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

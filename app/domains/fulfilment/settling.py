"""From held to the seller's account: release, netting, transfer, reversal.

Release waits for delivery and the time for returns. A transfer is planned and committed, then asked
of the provider with our own id as key, then its answer is kept and posted. It comes out of the
order's own charge. Nothing moves while the shop's money is stopped, and nothing new is planned for
48 hours after its bank account or a second factor of its owner changed (security.md 3).
"""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import structlog

from app.domains.accounts.factors.operations.changes import pause_payouts
from app.domains.accounts.factors.queries import find_payout_pause
from app.domains.accounts.factors.rules import PauseReason
from app.domains.fulfilment.rules import delivered_at, released_at
from app.domains.fulfilment.shipments import find_last_sent, list_last_sent
from app.domains.ledger import operations as ledger
from app.domains.ledger.queries import get_balance_sheet, get_order_standing, list_available
from app.domains.orders.operations import step_fulfilment
from app.domains.orders.queries import get_order, list_orders_under_way
from app.domains.orders.rules import FulfilmentStanding
from app.domains.payments.operations import save_connected_account
from app.domains.payments.ports import (
    AccountStatus,
    PaymentProvider,
    ProviderRefusedError,
    ProviderUnavailableError,
)
from app.domains.payments.queries import find_connected_account, find_payment_of
from app.domains.payments.refunds.queries import is_refund_unanswered
from app.domains.payments.transfers import operations as transfers
from app.domains.payments.transfers.queries import (
    ReversalRecord,
    TransferRecord,
    find_last_refusal,
    get_reversal,
    get_transfer,
    is_transfer_open,
    sum_open_reversals,
)
from app.domains.payments.transfers.rules import (
    LOOK_AGAIN,
    OPEN,
    WAIT_AFTER_REFUSAL,
    TransferState,
    may_send_again,
)
from app.foundation.database import ShopScope, directory_scope
from app.foundation.flags import is_money_stopped
from app.foundation.identifiers import new_id
from app.foundation.money import Money
from app.foundation.ports import port
from app.foundation.unit_of_work import UnitOfWork, run_in_unit, unit_of_work

log = structlog.get_logger(__name__)

_STILL_AT_WORK = {"idempotency_key_in_use", "lock_timeout"}


def release_due(scope: ShopScope) -> int:
    """Take orders through delivery and release as their time comes; return how many moved."""
    with unit_of_work(scope) as unit:
        if is_money_stopped(unit):
            return 0
        due = _list_due(unit, FulfilmentStanding.SHIPPED, delivered_at)
        due += _list_due(unit, FulfilmentStanding.DELIVERED, released_at)
    return sum(run_in_unit(scope, _moving_on(order_id)) for order_id in due)


def _list_due(
    unit: UnitOfWork, state: FulfilmentStanding, time_of: Callable[[datetime], datetime]
) -> list[UUID]:
    order_ids = list_orders_under_way(unit, state=state)
    sent = list_last_sent(unit, order_ids=order_ids)
    return [
        order_id
        for order_id in order_ids
        if order_id in sent and unit.now >= time_of(sent[order_id])
    ]


def _moving_on(order_id: UUID) -> Callable[[UnitOfWork], bool]:
    return lambda unit: move_on(unit, order_id=order_id)


def move_on(unit: UnitOfWork, *, order_id: UUID) -> bool:
    """Take one order through delivery and release as far as its time has come."""
    order = get_order(unit, order_id, for_update=True)
    sent_at = find_last_sent(unit, order_id=order_id)
    if sent_at is None:
        return False
    state = order.fulfilment_state
    if state is FulfilmentStanding.SHIPPED and unit.now >= delivered_at(sent_at):
        step_fulfilment(unit, order_id=order_id, state=state, to=FulfilmentStanding.DELIVERED)
        return _release(unit, order_id, sent_at) or True
    return state is FulfilmentStanding.DELIVERED and _release(unit, order_id, sent_at)


def _release(unit: UnitOfWork, order_id: UUID, sent_at: datetime) -> bool:
    """Release what an order still holds, unless a refund of it is under way just now."""
    if unit.now < released_at(sent_at) or is_refund_unanswered(unit, subject_id=order_id):
        return False
    step_fulfilment(
        unit, order_id=order_id, state=FulfilmentStanding.DELIVERED, to=FulfilmentStanding.RELEASED
    )
    standing = get_order_standing(unit, order_id=order_id)
    if standing.held or standing.deferred:
        ledger.post_release(
            unit, order_id=order_id, seller=standing.held, commission=standing.deferred
        )
    return True


def plan_transfers(scope: ShopScope) -> int:
    """Plan a transfer for every order with released money; return how many were planned.

    The account must be able to receive transfers now: the provider is asked each time. What was
    planned before a pause began goes on.
    """
    with unit_of_work(scope) as unit:
        sheet = get_balance_sheet(unit, currency=scope.currency)
        account = find_connected_account(unit)
        if not sheet.available or account is None or is_money_stopped(unit):
            return 0
        orders = [each.order_id for each in list_available(unit)]
    current = ask_account(scope, account)
    if current is None or not current.can_receive_transfers or _is_paused(scope):
        return 0
    return sum(run_in_unit(scope, _planning(order_id, current)) for order_id in orders)


def ask_account(scope: ShopScope, known: AccountStatus) -> AccountStatus | None:
    """Ask the provider what the shop's account is now, and keep it; None without an answer."""
    try:
        current = port(PaymentProvider).fetch_account(known.provider_id)
    except (ProviderUnavailableError, ProviderRefusedError):
        return None
    keep_account(scope, known=known, current=current)
    return current


def keep_account(scope: ShopScope, *, known: AccountStatus, current: AccountStatus) -> None:
    """Keep what changed of the shop's account; another bank account lets payouts rest first.

    The pause is committed before the change: dying between the two begins the pause again.
    """
    if current == known:
        return
    if known.destination and current.destination != known.destination:
        with unit_of_work(directory_scope()) as unit:
            pause_payouts(unit, shop_id=scope.shop_id, reason=PauseReason.BANK_ACCOUNT)
    with unit_of_work(scope) as unit:
        save_connected_account(unit, account=current)


def _is_paused(scope: ShopScope) -> bool:
    with unit_of_work(directory_scope()) as unit:
        return find_payout_pause(unit, scope.shop_id) is not None


def _planning(order_id: UUID, account: AccountStatus) -> Callable[[UnitOfWork], bool]:
    return lambda unit: plan_order_transfer(unit, order_id=order_id, account=account)


def plan_order_transfer(unit: UnitOfWork, *, order_id: UUID, account: AccountStatus) -> bool:
    """Net what the seller owes from an order's released money; plan a transfer of the rest."""
    order = get_order(unit, order_id, for_update=True)
    payment = find_payment_of(unit, subject_id=order_id)
    if payment is None or _must_wait(unit, order_id):
        return False
    available = get_order_standing(unit, order_id=order_id).available
    owed = get_balance_sheet(unit, currency=available.currency).owed
    coming_back = sum_open_reversals(unit, currency=available.currency)
    netted = Money(max(0, min(available.amount, (owed - coming_back).amount)), available.currency)
    rest = available - netted
    if rest:
        transfers.plan_transfer(
            unit, subject_id=order.id, amount=rest, account_id=account.provider_id,
            charge_id=payment.charge_id,
        )  # fmt: skip
    if netted:
        ledger.post_netting(unit, netting_id=new_id(), order_id=order.id, amount=netted)
    return bool(rest)


def _must_wait(unit: UnitOfWork, order_id: UUID) -> bool:
    refused_at = find_last_refusal(unit, subject_id=order_id)
    return (
        is_money_stopped(unit)
        or is_transfer_open(unit, subject_id=order_id)
        or is_refund_unanswered(unit, subject_id=order_id)
        or (refused_at is not None and unit.now - refused_at < WAIT_AFTER_REFUSAL)
    )


def pursue_transfer(scope: ShopScope, *, transfer_id: UUID) -> TransferState:
    """Ask the provider for a transfer, or about it, and keep the answer. Safe at any time."""
    with unit_of_work(scope) as unit:
        transfer = get_transfer(unit, transfer_id)
        is_stopped, now = is_money_stopped(unit), unit.now
    if is_stopped or transfer.state not in OPEN:
        return transfer.state
    try:
        provider_id = _send(transfer, may_send=may_send_again(transfer.planned_at, now))
    except ProviderUnavailableError:
        return run_in_unit(scope, lambda unit: _keep_transfer(unit, transfer_id, "", ""))
    except ProviderRefusedError as refusal:
        code = "" if refusal.code in _STILL_AT_WORK else refusal.code
        log.warning("transfer refused", transfer_id=str(transfer_id), code=refusal.code)
        return run_in_unit(scope, lambda unit: _keep_transfer(unit, transfer_id, "", code))
    if not provider_id:
        log.error("transfer needs a person", transfer_id=str(transfer_id))
    return run_in_unit(scope, lambda unit: _keep_transfer(unit, transfer_id, provider_id, ""))


def _send(transfer: TransferRecord, *, may_send: bool) -> str:
    """Return the provider's id; after a day we look it up and never send it again: "" for none."""
    provider = port(PaymentProvider)
    if transfer.state is TransferState.UNKNOWN or not may_send:
        found = provider.find_transfer(subject_id=transfer.subject_id, transfer_id=transfer.id)
        if found or not may_send:
            return found
    return provider.transfer(
        transfer.account_id, transfer_id=transfer.id, amount=transfer.amount,
        subject_id=transfer.subject_id, charge_id=transfer.charge_id,
    )  # fmt: skip


def _keep_transfer(
    unit: UnitOfWork, transfer_id: UUID, provider_id: str, failure: str
) -> TransferState:
    subject_id = get_transfer(unit, transfer_id).subject_id
    order = get_order(unit, subject_id, for_update=True)
    transfer = get_transfer(unit, transfer_id, for_update=True)
    if transfer.state not in OPEN:
        return transfer.state
    to = _next_state(provider_id, failure)
    if to is TransferState.UNKNOWN and transfer.state is to:
        transfers.look_at_transfer_later(unit, transfer_id=transfer_id, wait=LOOK_AGAIN)
        return to
    transfers.step_transfer(
        unit, transfer=transfer, to=to, provider_id=provider_id, failure=failure
    )
    if to is TransferState.DONE:
        ledger.post_transfer(
            unit, transfer_id=transfer_id, order_id=order.id, amount=transfer.amount,
            reference=provider_id,
        )  # fmt: skip
    return to


def _next_state(provider_id: str, failure: str) -> TransferState:
    if provider_id:
        return TransferState.DONE
    return TransferState.REFUSED if failure else TransferState.UNKNOWN


def pursue_reversal(scope: ShopScope, *, reversal_id: UUID) -> TransferState:
    """Ask the provider to bring transferred money back; refused, the seller goes on owing it."""
    with unit_of_work(scope) as unit:
        reversal = get_reversal(unit, reversal_id)
        is_stopped, now = is_money_stopped(unit), unit.now
    if is_stopped or reversal.state not in OPEN:
        return reversal.state
    try:
        provider_id = _bring_back(reversal, may_send=may_send_again(reversal.planned_at, now))
    except ProviderUnavailableError:
        return run_in_unit(scope, lambda unit: _keep_reversal(unit, reversal_id, "", ""))
    except ProviderRefusedError as refusal:
        code = "" if refusal.code in _STILL_AT_WORK else refusal.code
        log.info("reversal refused", reversal_id=str(reversal_id), code=refusal.code)
        return run_in_unit(scope, lambda unit: _keep_reversal(unit, reversal_id, "", code))
    if not provider_id:
        log.error("reversal needs a person", reversal_id=str(reversal_id))
    return run_in_unit(scope, lambda unit: _keep_reversal(unit, reversal_id, provider_id, ""))


def _bring_back(reversal: ReversalRecord, *, may_send: bool) -> str:
    provider = port(PaymentProvider)
    if reversal.state is TransferState.UNKNOWN or not may_send:
        found = provider.find_reversal(reversal.transfer_provider_id, reversal_id=reversal.id)
        if found or not may_send:
            return found
    return provider.reverse_transfer(
        reversal.transfer_provider_id, reversal_id=reversal.id, amount=reversal.amount
    )


def _keep_reversal(
    unit: UnitOfWork, reversal_id: UUID, provider_id: str, failure: str
) -> TransferState:
    order = get_order(unit, get_reversal(unit, reversal_id).subject_id, for_update=True)
    reversal = get_reversal(unit, reversal_id, for_update=True)
    if reversal.state not in OPEN:
        return reversal.state
    to = _next_state(provider_id, failure)
    if to is TransferState.UNKNOWN and reversal.state is to:
        transfers.look_at_reversal_later(unit, reversal_id=reversal_id, wait=LOOK_AGAIN)
        return to
    transfers.step_reversal(
        unit, reversal=reversal, to=to, provider_id=provider_id, failure=failure
    )
    if to is TransferState.DONE:
        ledger.post_transfer_reversed(
            unit, reversal_id=reversal_id, order_id=order.id, amount=reversal.amount,
            reference=provider_id,
        )  # fmt: skip
    return to

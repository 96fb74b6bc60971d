"""Available money: what the seller owes is netted, a transfer of the rest is planned."""

from collections.abc import Callable
from uuid import UUID

from app.domains.accounts.factors.queries import find_payout_pause
from app.domains.fulfilment.settling.accounts import ask_account
from app.domains.ledger import operations as ledger
from app.domains.ledger.queries import get_balance_sheet, get_order_standing, list_available
from app.domains.orders.queries import get_order
from app.domains.payments.ports import AccountStatus
from app.domains.payments.queries import find_connected_account, find_payment_of
from app.domains.payments.refunds.queries import is_refund_unanswered
from app.domains.payments.transfers import operations as transfers
from app.domains.payments.transfers.queries import (
    find_last_refusal,
    is_transfer_open,
    sum_open_reversals,
)
from app.domains.payments.transfers.rules import WAIT_AFTER_REFUSAL
from app.foundation.database import ShopScope, directory_scope
from app.foundation.flags import is_money_stopped
from app.foundation.identifiers import new_id
from app.foundation.money import Money
from app.foundation.unit_of_work import UnitOfWork, run_in_unit, unit_of_work


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

"""Delivered, and the time for returns over: held money becomes available."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from app.domains.fulfilment.rules import delivered_at, released_at
from app.domains.fulfilment.shipments import find_last_sent, list_last_sent
from app.domains.ledger import operations as ledger
from app.domains.ledger.queries import get_order_standing
from app.domains.orders.operations import step_fulfilment
from app.domains.orders.queries import get_order, list_orders_under_way
from app.domains.orders.rules import FulfilmentStanding
from app.domains.payments.refunds.queries import is_refund_unanswered
from app.foundation.database import ShopScope
from app.foundation.flags import is_money_stopped
from app.foundation.unit_of_work import UnitOfWork, run_in_unit, unit_of_work


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

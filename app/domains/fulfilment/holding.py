"""What is held for the seller, why, and until when."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domains.fulfilment.rules import released_at
from app.domains.fulfilment.shipments import list_last_sent
from app.domains.ledger.queries import list_held
from app.domains.orders.queries import list_fulfilment_states
from app.domains.orders.rules import FulfilmentStanding
from app.foundation.money import Money
from app.foundation.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class HeldMoney:
    """What is held for one order; `until` is None as long as something is still to be sent."""

    order_id: UUID
    amount: Money
    since: datetime
    sent_at: datetime | None
    until: datetime | None


def list_held_money(unit: UnitOfWork, *, limit: int = 50) -> list[HeldMoney]:
    """Return what is held by order, oldest first; one more than `limit` tells that there is more."""
    held = list_held(unit, page_size=limit)
    order_ids = [each.order_id for each in held]
    sent = list_last_sent(unit, order_ids=order_ids)
    states = list_fulfilment_states(unit, order_ids)
    return [
        HeldMoney(
            each.order_id, each.amount, each.since, sent.get(each.order_id),
            _until(states.get(each.order_id), sent.get(each.order_id)),
        )
        for each in held
    ]  # fmt: skip


def _until(state: FulfilmentStanding | None, sent_at: datetime | None) -> datetime | None:
    is_waiting = state in {None, FulfilmentStanding.WAITING, FulfilmentStanding.READY}
    return None if is_waiting or sent_at is None else released_at(sent_at)

"""What one look at a payment shows."""

from collections import Counter
from dataclasses import dataclass
from uuid import UUID

from app.domains.orders.queries import OrderRecord, get_order, list_lines
from app.domains.payments.ports import IntentSnapshot
from app.domains.payments.queries import PaymentRecord, get_payment
from app.foundation.flags import is_money_stopped
from app.foundation.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Open:
    """A payment as it was read before the provider is asked, and whether the shop's money is halted."""

    payment: PaymentRecord
    is_stopped: bool


def open_payment(unit: UnitOfWork, payment: PaymentRecord) -> Open:
    """Return what is needed to begin or confirm a payment that `unit` has read; end it before that."""
    return Open(payment, is_money_stopped(unit))


@dataclass(frozen=True, slots=True)
class Sight:
    """Our order and payment, both locked, and the provider's intent as it is now."""

    order: OrderRecord
    payment: PaymentRecord
    intent: IntentSnapshot


def lock_both(unit: UnitOfWork, seen: PaymentRecord) -> tuple[OrderRecord, PaymentRecord]:
    """Lock a payment that was seen before, and its order; return both as they are now.

    The order first, as everywhere that takes both; whose payment it is never changes.
    """
    order = get_order(unit, seen.subject_id, for_update=True)
    return order, get_payment(unit, seen.id, for_update=True)


def count_pieces(unit: UnitOfWork, order: OrderRecord) -> dict[UUID, int]:
    """Return how many pieces of each variant an order sold, whatever lines they stand in."""
    pieces: Counter[UUID] = Counter()
    for line in list_lines(unit, order.id):
        pieces[line.variant_id] += line.quantity
    return dict(pieces)

"""Invariants over orders, payments and the books of one shop (docs/money.md, section 6)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import timedelta

from app.domains.ledger.invariants import Finding, OrderFacts, check_orders
from app.domains.ledger.queries import OrderBooks, list_order_books
from app.domains.orders.queries import OrderRecord, list_orders
from app.domains.orders.rules import PaymentStanding
from app.domains.payments.queries import PaymentRecord, list_payments
from app.domains.payments.refunds.queries import RefundRecord, list_refunds
from app.domains.payments.rules import PaymentState
from app.foundation.delivery import count_unsent
from app.foundation.money import Money
from app.foundation.unit_of_work import UnitOfWork

ENDED = frozenset(
    {PaymentState.CAPTURED, PaymentState.VOIDED, PaymentState.EXPIRED, PaymentState.REFUNDED}
)
SOLD = frozenset({PaymentStanding.CONFIRMED, PaymentStanding.REFUNDED})
MOST_ORDERS = 1_000_000
OF_THE_SALE = (
    "seller_held", "seller_available", "seller_receivable", "deferred_commission",
    "commission_revenue", "seller_goodwill",
)  # fmt: skip
"""Accounts that share an order's sale; what is credited on top stands against the last one."""


def check_shop(unit: UnitOfWork) -> list[Finding]:
    """Check one shop's orders against its payments and books, each computed by itself."""
    orders = {order.id: order for order in list_orders(unit, page_size=MOST_ORDERS)}
    payments, left = list_payments(unit), [r for r in list_refunds(unit) if r.has_left]
    books = list_order_books(unit)
    excess = [p for p in payments if not p.refunded <= p.captured <= p.authorised]
    confirmed = [o for o in orders.values() if o.payment_state is PaymentStanding.CONFIRMED]
    captured = {p.subject_id for p in payments if p.state is PaymentState.CAPTURED}
    unpaid = [order for order in confirmed if order.id not in captured]
    orphans = [p for p in payments if p.subject_id not in orders]
    sold = [o for o in orders.values() if o.payment_state in SOLD]
    earned = sum(order.total.amount - order.tax.amount for order in sold)
    earned -= sum(refund.amount.amount - refund.tax.amount for refund in left)
    booked = sum(_booked(books[order.id]) for order in sold if order.id in books)
    late = count_unsent(unit, older_than=timedelta(minutes=5))
    return [
        *check_orders(unit, _state_facts(orders.values(), payments, left)),
        Finding("I5 limits", "refunded ≤ captured ≤ authorised", len(payments), len(excess)),
        Finding("orders paid", "a confirmed order is paid", len(confirmed), len(unpaid)),
        Finding("payments owned", "a payment has its order", len(payments), len(orphans)),
        Finding(
            "I7 earned",
            "the books earn what orders sold and kept",
            len(sold),
            int(earned != booked),
        ),
        Finding("I14 outbox", "nothing waits longer than 5 minutes", late, late),
    ]


def _state_facts(
    orders: Iterable[OrderRecord], payments: Iterable[PaymentRecord], left: Iterable[RefundRecord]
) -> Iterator[OrderFacts]:
    """Say what orders, payments and the refunds that have left tell of each order."""
    attempts, refunds = defaultdict(list), defaultdict(list)
    for payment in payments:
        attempts[payment.subject_id].append(payment)
    for refund in left:
        refunds[refund.subject_id].append(refund)
    for order in orders:
        of_order, currency = attempts[order.id], order.total.currency
        yield OrderFacts(
            order.id,
            is_terminal=all(p.state in ENDED for p in of_order),
            authorised=Money(sum(p.authorised for p in of_order), currency),
            captured=Money(sum(p.captured for p in of_order), currency),
            refunded=Money(sum(r.amount.amount for r in refunds[order.id]), currency),
            charge=next((p.charge_id for p in of_order if p.captured), ""),
        )


def _booked(books: OrderBooks) -> int:
    """Return what the seller and the platform have of an order, wherever it stands now."""
    kept = -sum(books.sums.get(name, 0) for name in OF_THE_SALE)
    return kept + books.sums.get("connected_balance", 0)

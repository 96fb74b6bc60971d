"""Invariants over orders, payments and the books of one shop (docs/money.md, section 6)."""

from datetime import timedelta

from app.domains.ledger.invariants import Finding
from app.domains.ledger.queries import OrderBooks, list_order_books
from app.domains.orders.queries import list_orders
from app.domains.orders.rules import PaymentStanding
from app.domains.payments.queries import list_payments
from app.domains.payments.refunds.queries import list_refunds
from app.domains.payments.rules import PaymentState
from app.foundation.delivery import count_unsent
from app.foundation.unit_of_work import UnitOfWork

ENDED = frozenset(
    {PaymentState.CAPTURED, PaymentState.VOIDED, PaymentState.EXPIRED, PaymentState.REFUNDED}
)
TAKEN = frozenset({PaymentState.CAPTURED, PaymentState.REFUNDING, PaymentState.REFUNDED})
SOLD = frozenset({PaymentStanding.CONFIRMED, PaymentStanding.REFUNDED})
MOST_ORDERS = 1_000_000
OF_THE_SALE = (
    "seller_held", "seller_available", "seller_receivable", "deferred_commission",
    "commission_revenue", "seller_goodwill",
)  # fmt: skip
"""Accounts that share an order's sale; what is credited on top stands against the last one."""
TEMPORARY_ACCOUNTS = ("order_clearing", "auth_hold", "auth_hold_contra")


def check_shop(unit: UnitOfWork) -> list[Finding]:
    """Check one shop's orders against its payments and books, each computed by itself."""
    orders = {order.id: order for order in list_orders(unit, page_size=MOST_ORDERS)}
    payments = list_payments(unit)
    books = list_order_books(unit)
    ended = [p for p in payments if p.state in ENDED]
    taken = [p for p in payments if p.state in TAKEN]
    going_on = {p.subject_id for p in payments if p.state not in ENDED}
    uncleared = [
        payment
        for payment in ended
        if payment.subject_id in books
        and payment.subject_id not in going_on
        and any(books[payment.subject_id].sums.get(name, 0) for name in TEMPORARY_ACCOUNTS)
    ]
    uncaptured = [
        payment
        for payment in taken
        if payment.subject_id not in books
        or books[payment.subject_id].events.get("capture", 0) != 1
    ]
    excess = [p for p in payments if not p.refunded <= p.captured <= p.authorised]
    confirmed = [o for o in orders.values() if o.payment_state is PaymentStanding.CONFIRMED]
    captured = {p.subject_id for p in payments if p.state is PaymentState.CAPTURED}
    unpaid = [order for order in confirmed if order.id not in captured]
    orphans = [p for p in payments if p.subject_id not in orders]
    sold = [o for o in orders.values() if o.payment_state in SOLD]
    earned = sum(order.total.amount - order.tax.amount for order in sold) - _given_back(unit)
    booked = sum(_booked(books[order.id]) for order in sold if order.id in books)
    late = count_unsent(unit, older_than=timedelta(minutes=5))
    return [
        Finding("I3 cleared", "an ended payment leaves nothing open", len(ended), len(uncleared)),
        Finding("I4 captures", "money taken has exactly one capture", len(taken), len(uncaptured)),
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


def _given_back(unit: UnitOfWork) -> int:
    """Return what refunds that have left took from the seller and the platform: not the tax."""
    left = [refund for refund in list_refunds(unit) if refund.has_left]
    return sum(refund.amount.amount - refund.tax.amount for refund in left)


def _booked(books: OrderBooks) -> int:
    """Return what the seller and the platform have of an order, wherever it stands now."""
    kept = -sum(books.sums.get(name, 0) for name in OF_THE_SALE)
    return kept + books.sums.get("connected_balance", 0)

"""Invariants of the books (docs/money.md, section 6), each with its figure.

`check_books` needs the ledger alone: over all shops of a cell as platform_reader, or over one shop in
its own scope. `check_orders` compares one shop's books with what its orders and payments say; they
stand above the ledger, so the caller states their facts.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text

from app.domains.ledger.queries import OrderStanding, list_order_standings
from app.foundation.database import ShopScope
from app.foundation.delivery import count_unsent
from app.foundation.money import Money
from app.foundation.unit_of_work import UnitOfWork

LONGEST_DELIVERY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Finding:
    """One invariant with its figure; `breaches` says how many break it, `shops` whose they are."""

    name: str
    meaning: str
    checked: int
    breaches: int
    shops: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether nothing breaks it."""
        return self.breaches == 0


@dataclass(frozen=True, slots=True)
class _Rule:
    """One invariant over the rows of a reading: which are checked, and which break it, in SQL."""

    name: str
    meaning: str
    is_broken: str
    is_checked: str = "true"


@dataclass(frozen=True, slots=True)
class _Reading:
    """One pass over the books, with all rules that can be seen in it; each row has its `shop`."""

    query: str
    rules: tuple[_Rule, ...]


_READINGS = (
    _Reading(
        "SELECT j.shop, coalesce(e.count, 0) < 2 OR e.total <> 0 OR e.least <> j.currency"
        " OR e.greatest <> j.currency AS is_broken FROM platform.journal j LEFT JOIN ("
        " SELECT shop, journal_id, count(*) AS count, sum(amount) AS total,"
        " min(currency) AS least, max(currency) AS greatest"
        " FROM platform.entry GROUP BY shop, journal_id) e ON e.shop = j.shop AND e.journal_id = j.id",
        (
            _Rule(
                "I1 journals",
                "every journal adds up to zero in one currency and has two lines or more",
                "is_broken",
            ),
        ),
    ),
    _Reading(
        "SELECT shop, sum(amount) <> 0 AS is_broken FROM platform.entry GROUP BY shop, currency",
        (
            _Rule(
                "I1 currencies",
                "all entries of a shop in a currency add up to zero",
                "is_broken",
            ),
        ),
    ),
    _Reading(
        "SELECT a.shop, a.owner_type <> 'platform' AS is_kept, c.has_floor,"
        " b.debits IS DISTINCT FROM s.debits OR b.credits IS DISTINCT FROM s.credits AS is_other,"
        " coalesce(s.debits - s.credits, 0) * CASE c.normal WHEN 'D' THEN 1 ELSE -1 END < 0"
        " AS is_below FROM platform.account a JOIN platform.chart c ON c.code = a.code"
        " LEFT JOIN platform.balance b ON b.shop = a.shop AND b.account_id = a.id"
        " LEFT JOIN (SELECT shop, account_id, sum(greatest(amount, 0)) AS debits,"
        " sum(greatest(-amount, 0)) AS credits FROM platform.entry GROUP BY shop, account_id) s"
        " ON s.shop = a.shop AND s.account_id = a.id",
        (
            _Rule(
                "I2 balances",
                "every kept balance equals the sum of its entries, and none is missing",
                "is_other",
                "is_kept",
            ),
            _Rule(
                "I6 sellers",
                "no account with a floor is below zero; debts stand in seller_receivable only",
                "is_below",
                "has_floor",
            ),
        ),
    ),
    _Reading(
        "SELECT j.shop, bool_or(j.event_type = 'capture') AS is_captured,"
        " coalesce(sum(e.amount) FILTER (WHERE a.code = '2000'), 0) <> 0 AS is_left,"
        " coalesce(sum(-e.amount) FILTER (WHERE a.code = '2120' AND j.event_type = 'refund'), 0)"
        " > coalesce(sum(e.amount) FILTER (WHERE a.code = '1000' AND j.event_type = 'capture'), 0)"
        " OR coalesce(sum(e.amount) FILTER (WHERE a.code = '1000' AND j.event_type = 'capture'), 0)"
        " > coalesce(sum(e.amount) FILTER (WHERE a.code = 'M100' AND j.event_type = 'authorise'), 0)"
        " AS is_excess FROM platform.account a"
        " JOIN platform.entry e ON e.shop = a.shop AND e.account_id = a.id"
        " JOIN platform.journal j ON j.shop = e.shop AND j.id = e.journal_id"
        " WHERE a.code IN ('1000', '2000', '2120', 'M100') AND j.order_id IS NOT NULL"
        " GROUP BY j.shop, j.order_id, j.currency",
        (
            _Rule(
                "I3 clearing",
                "what was captured is allocated: nothing is left between the two",
                "is_left",
                "is_captured",
            ),
            _Rule(
                "I5 refunds",
                "no order was refunded more than captured, or captured more than authorised",
                "is_excess",
            ),
        ),
    ),
    _Reading(
        "SELECT shop, count(*) <> 1 AS is_broken FROM platform.journal"
        " WHERE source_kind = 'transaction' GROUP BY shop, source_id",
        (
            _Rule(
                "I9 transactions",
                "every balance transaction of the provider has exactly one journal",
                "is_broken",
            ),
        ),
    ),
    _Reading(
        "SELECT coalesce(c.shop, j.shop) AS shop, c.id IS NULL OR j.id IS NULL"
        " OR j.total <> c.amount OR j.currency <> c.currency OR j.order_id IS DISTINCT FROM c.order_id"
        " OR (j.reverses IS NULL) <> (c.reverses IS NULL) AS is_broken FROM platform.correction c"
        " FULL JOIN (SELECT j.shop, j.id, j.source_id, j.currency, j.order_id, j.reverses,"
        " sum(greatest(e.amount, 0)) AS total FROM platform.journal j"
        " JOIN platform.entry e ON e.shop = j.shop AND e.journal_id = j.id"
        " WHERE j.source_kind = 'correction' GROUP BY j.shop, j.id) j"
        " ON j.shop = c.shop AND j.source_id = c.id::text",
        (
            _Rule(
                "I9 corrections",
                "every journal by hand says who and why, and every correction has one of its amount",
                "is_broken",
            ),
        ),
    ),
)
"""What can be seen in one pass over the entries is read in one: there are millions of them."""


def check_books(unit: UnitOfWork, *, shops: Collection[str] | None = None) -> list[Finding]:
    """Check the books alone: of a cell as platform_reader, of one shop in its own scope.

    `shops` narrows it down to these roles.
    """
    found = [finding for each in _READINGS for finding in _run(unit, each, shops)]
    return [*sorted(found, key=lambda finding: finding.name), check_deliveries(unit)]


def _run(unit: UnitOfWork, reading: _Reading, shops: Collection[str] | None) -> list[Finding]:
    narrowed = "" if shops is None else " WHERE shop = ANY(:shops)"
    columns = ", ".join(
        f"count(*) FILTER (WHERE {rule.is_checked}),"
        f" count(*) FILTER (WHERE {rule.is_checked} AND {rule.is_broken}),"
        f" array_agg(DISTINCT shop) FILTER (WHERE {rule.is_checked} AND {rule.is_broken})"
        for rule in reading.rules
    )
    figures = unit.session.execute(
        text(f"SELECT {columns} FROM ({reading.query}) s{narrowed}"),
        {} if shops is None else {"shops": list(shops)},
    ).one()
    return [
        Finding(rule.name, rule.meaning, checked, breaches, tuple(sorted(broken or ())))
        for rule, checked, breaches, broken in zip(
            reading.rules, figures[0::3], figures[1::3], figures[2::3], strict=True
        )
    ]


def check_deliveries(unit: UnitOfWork) -> Finding:
    """Check that no event waits too long (I14), in any scope with an outbox; no shop is to blame."""
    return Finding(
        "I14 deliveries",
        "no event waits for its reaction for more than five minutes",
        checked=count_unsent(unit, older_than=timedelta()),
        breaches=count_unsent(unit, older_than=LONGEST_DELIVERY),
    )


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """What the orders and payments say of one order, without looking at the ledger.

    `is_terminal`: nothing of its payments is under way. The amounts are what the provider confirmed,
    `refunded` what has left, also where it came back later. `charge` is its id of the capture.
    """

    order_id: UUID
    is_terminal: bool
    authorised: Money
    captured: Money
    refunded: Money
    charge: str


def check_orders(unit: UnitOfWork, facts: Iterable[OrderFacts]) -> list[Finding]:
    """Compare the books of the shop in scope with its orders and payments: I3, I4, I5.

    Raises LookupError outside a shop's scope.
    """
    if not isinstance(unit.scope, ShopScope):
        raise LookupError("facts of orders are compared shop by shop")  # noqa: TRY004 - no shop
    shop = unit.scope.role
    stated = list(facts)
    books = {each.order_id: each for each in list_order_standings(unit)}
    pairs = [(each, books.get(each.order_id)) for each in stated]
    unknown = len(books.keys() - {each.order_id for each in stated})
    findings = [
        _count(shop, name, meaning, (is_broken(fact, book) for fact, book in pairs))
        for name, meaning, is_broken in _COMPARISONS
    ]
    findings.append(_count(shop, *_KNOWN, (number < unknown for number in range(len(books)))))
    return findings


_KNOWN = ("I4 known orders", "every order in the books is known to the orders")


def _count(shop: str, name: str, meaning: str, verdicts: Iterable[bool]) -> Finding:
    broken = list(verdicts)
    return Finding(name, meaning, len(broken), sum(broken), (shop,) if any(broken) else ())


def _is_unfinished(fact: OrderFacts, book: OrderStanding | None) -> bool:
    return bool(
        fact.is_terminal
        and book
        and (book.clearing or book.refund_pending or book.open_authorisation)
    )


def _is_captured_otherwise(fact: OrderFacts, book: OrderStanding | None) -> bool:
    if book is None:
        return bool(fact.captured)
    if not fact.captured:
        return book.captures != 0
    is_its_charge = book.charge in {"", fact.charge}
    return book.captures != 1 or book.captured != fact.captured or not is_its_charge


def _is_out_of_order(fact: OrderFacts, book: OrderStanding | None) -> bool:
    if book is None:
        return bool(fact.authorised)
    has_left = book.refunded - book.refund_pending
    is_descending = book.refunded <= book.captured <= book.authorised
    return not is_descending or (has_left, book.authorised) != (fact.refunded, fact.authorised)


_COMPARISONS: tuple[tuple[str, str, Callable[[OrderFacts, OrderStanding | None], bool]], ...] = (
    ("I3 terminal orders", "nothing of an order that is over is left between accounts",
     _is_unfinished),
    ("I4 captures", "a captured order has one capture in the books: the provider's charge",
     _is_captured_otherwise),
    ("I5 amounts", "refunds <= captured <= authorised, in the books as in the payments",
     _is_out_of_order),
)  # fmt: skip

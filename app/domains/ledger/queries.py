"""Reading the ledger: a shop's balance, what is held, every line with the order it came from."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, func, select

from app.domains.ledger.models import (
    Account,
    Balance,
    Chart,
    Entry,
    Journal,
    OrderStandingRow,
)
from app.foundation.errors import NotFoundError
from app.foundation.money import Money
from app.foundation.unit_of_work import UnitOfWork

HELD, AVAILABLE, DISPUTED, RESERVE, RECEIVABLE = "2010", "2020", "2030", "2040", "1100"
CONNECTED_BALANCE = "M110"
SELLER_ACCOUNTS = (HELD, AVAILABLE, DISPUTED, RESERVE, RECEIVABLE)


@dataclass(frozen=True, slots=True)
class BalanceSheet:
    """What a shop has earned and where it stands."""

    held: Money
    available: Money
    disputed: Money
    reserve: Money
    owed: Money
    paid_out: Money


def get_balance_sheet(unit: UnitOfWork, *, currency: str) -> BalanceSheet:
    """Return the shop's balances in a currency, in one statement; zero where nothing was posted."""
    rows = unit.session.execute(
        select(Account.code, Balance.debits - Balance.credits)
        .join(Balance, (Balance.shop == Account.shop) & (Balance.account_id == Account.id))
        .where(Account.currency == currency, Account.owner_type == "shop",
               Account.code.in_((*SELLER_ACCOUNTS, CONNECTED_BALANCE)))
    )  # fmt: skip
    sums = {code: int(amount) for code, amount in rows}

    def credit(code: str) -> Money:
        return Money(-sums.get(code, 0), currency)

    return BalanceSheet(
        held=credit(HELD), available=credit(AVAILABLE), disputed=credit(DISPUTED),
        reserve=credit(RESERVE), owed=-credit(RECEIVABLE), paid_out=-credit(CONNECTED_BALANCE),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One movement of a shop's money; positive is to the shop's good."""

    event: str
    account: str
    order_id: UUID | None
    amount: Money
    occurred_at: datetime
    correction_id: UUID | None = None


def list_statement(unit: UnitOfWork, *, page: int = 1, page_size: int = 50) -> list[StatementLine]:
    """Return the shop's movements, newest first; one more than a page tells of a next one."""
    rows = unit.session.execute(
        select(Journal.event_type, Chart.name, Journal.order_id, Entry.amount, Entry.currency,
               Journal.occurred_at, Journal.source_kind, Journal.source_id)
        .join(Entry, (Entry.shop == Journal.shop) & (Entry.journal_id == Journal.id))
        .join(Account, (Account.shop == Entry.shop) & (Account.id == Entry.account_id))
        .join(Chart, Chart.code == Account.code)
        .where(Account.code.in_(SELLER_ACCOUNTS))
        .order_by(Journal.id.desc(), Entry.line)
        .limit(page_size + 1)
        .offset((page - 1) * page_size)
    )  # fmt: skip
    return [
        StatementLine(
            event, name, order_id, Money(-amount, currency), occurred_at,
            correction_id=UUID(source_id) if kind == "correction" else None,
        )
        for event, name, order_id, amount, currency, occurred_at, kind, source_id in rows
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class HeldAmount:
    """What is held for one order, and since when: released after delivery and the time to return."""

    order_id: UUID
    amount: Money
    since: datetime


def list_available(unit: UnitOfWork) -> list[HeldAmount]:
    """Return what is released for the shop and not yet transferred by order, oldest first."""
    return _list_by_order(unit, AVAILABLE, limit=1000, offset=0)


def list_held(unit: UnitOfWork, *, page: int = 1, page_size: int = 50) -> list[HeldAmount]:
    """Return what is held for the shop by order, oldest first; one more tells of a next page."""
    return _list_by_order(unit, HELD, limit=page_size + 1, offset=(page - 1) * page_size)


def _list_by_order(unit: UnitOfWork, code: str, *, limit: int, offset: int) -> list[HeldAmount]:
    held, since = -func.sum(Entry.amount), func.min(Journal.occurred_at)
    rows = unit.session.execute(
        select(Journal.order_id, held, Entry.currency, since)
        .join(Entry, (Entry.shop == Journal.shop) & (Entry.journal_id == Journal.id))
        .join(Account, (Account.shop == Entry.shop) & (Account.id == Entry.account_id))
        .where(Account.code == code, Journal.order_id.is_not(None))
        .group_by(Journal.order_id, Entry.currency)
        .having(held != 0)
        .order_by(since, Journal.order_id)
        .limit(limit)
        .offset(offset)
    )
    return [
        HeldAmount(order_id, Money(int(amount), currency), moment)
        for order_id, amount, currency, moment in rows
        if order_id is not None
    ]


@dataclass(frozen=True, slots=True)
class OrderBooks:
    """What the ledger says of one order, by account name: debit minus credit, in minor units."""

    order_id: UUID
    sums: dict[str, int]
    events: dict[str, int]


def list_order_books(unit: UnitOfWork) -> dict[UUID, OrderBooks]:
    """Return the books of every order of the shop in scope, for the invariants."""
    books: dict[UUID, OrderBooks] = {}
    rows = unit.session.execute(
        select(Journal.order_id, Chart.name, func.sum(Entry.amount))
        .join(Entry, (Entry.shop == Journal.shop) & (Entry.journal_id == Journal.id))
        .join(Account, (Account.shop == Entry.shop) & (Account.id == Entry.account_id))
        .join(Chart, Chart.code == Account.code)
        .where(Journal.order_id.is_not(None))
        .group_by(Journal.order_id, Chart.name)
    )
    for order_id, name, amount in rows:
        if order_id is not None:
            books.setdefault(order_id, OrderBooks(order_id, {}, {})).sums[name] = int(amount)
    counts = unit.session.execute(
        select(Journal.order_id, Journal.event_type, func.count())
        .where(Journal.order_id.is_not(None))
        .group_by(Journal.order_id, Journal.event_type)
    )
    for order_id, event, count in counts:
        if order_id is not None:
            books.setdefault(order_id, OrderBooks(order_id, {}, {})).events[event] = count
    return books


@dataclass(frozen=True, slots=True)
class OrderStanding:
    """What the ledger says of one order.

    `refund_pending` is promised and has not left; `seller_left`, `commission_left` and `tax_left`
    are what is left of the capture after refunds, wherever it stands now. `charge` is the provider's id.
    """

    order_id: UUID
    authorised: Money
    open_authorisation: Money
    captures: int
    charge: str
    captured: Money
    refunded: Money
    refund_pending: Money
    clearing: Money
    held: Money
    available: Money
    deferred: Money
    transferred: Money
    seller_left: Money
    commission_left: Money
    tax_left: Money


def get_order_standing(unit: UnitOfWork, *, order_id: UUID) -> OrderStanding:
    """Return how an order stands in the books. Raises NotFoundError where nothing was posted for it."""
    row = unit.session.execute(
        _standings().where(OrderStandingRow.order_id == order_id)
    ).one_or_none()
    if row is None:
        raise NotFoundError
    return _read_standing(row)


def list_order_standings(unit: UnitOfWork) -> Iterator[OrderStanding]:
    """Return how every order of the shop in scope stands in the books."""
    rows = unit.session.execute(_standings().order_by(OrderStandingRow.order_id))
    return (_read_standing(row) for row in rows)


def _standings() -> Select[Any]:
    """Select columns, not objects: a session would show an object as it was read first."""
    return select(*OrderStandingRow.__table__.columns)


def _read_standing(row: Row[Any]) -> OrderStanding:
    def money(amount: int) -> Money:
        return Money(amount, row.currency)

    return OrderStanding(
        order_id=row.order_id, authorised=money(row.authorised),
        open_authorisation=money(row.open_authorisation), captures=row.captures, charge=row.charge,
        captured=money(row.captured), refunded=money(row.refunded),
        refund_pending=money(row.refund_pending), clearing=money(row.clearing),
        held=money(row.held), available=money(row.available), deferred=money(row.deferred),
        transferred=money(row.transferred), seller_left=money(row.seller_left),
        commission_left=money(row.commission_left), tax_left=money(row.tax_left),
    )  # fmt: skip

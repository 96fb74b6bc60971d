"""Reading the ledger: a shop's balance, and every line with the order that it came from."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from app.domains.ledger.models import Account, Chart, Entry, Journal
from app.foundation.money import Money
from app.foundation.unit_of_work import UnitOfWork

SELLER_ACCOUNTS = ("2010", "2020", "2030", "2040", "1100")


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
    """Return the shop's balances in a currency, in one statement."""
    rows = unit.session.execute(
        select(Account.code, func.sum(Entry.amount))
        .join(Entry, Entry.account_id == Account.id)
        .where(Account.currency == currency, Account.code.in_((*SELLER_ACCOUNTS, "M110")))
        .group_by(Account.code)
    )
    sums = {code: int(amount) for code, amount in rows}

    def credit(code: str) -> Money:
        return Money(-sums.get(code, 0), currency)

    return BalanceSheet(
        held=credit("2010"), available=credit("2020"), disputed=credit("2030"),
        reserve=credit("2040"), owed=Money(sums.get("1100", 0), currency),
        paid_out=Money(sums.get("M110", 0), currency),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One movement of a shop's money; positive is to the shop's good."""

    event: str
    account: str
    order_id: UUID | None
    amount: Money
    occurred_at: datetime


def list_statement(unit: UnitOfWork, *, page: int = 1, page_size: int = 50) -> list[StatementLine]:
    """Return the shop's movements, newest first; one more than a page tells of a next one."""
    rows = unit.session.execute(
        select(Journal.event_type, Chart.name, Journal.order_id, Entry.amount, Entry.currency,
               Journal.occurred_at)
        .join(Entry, Entry.journal_id == Journal.id)
        .join(Account, Account.id == Entry.account_id)
        .join(Chart, Chart.code == Account.code)
        .where(Account.code.in_(SELLER_ACCOUNTS))
        .order_by(Journal.id.desc(), Entry.line)
        .limit(page_size + 1)
        .offset((page - 1) * page_size)
    )  # fmt: skip
    return [
        StatementLine(event, name, order_id, Money(-amount, currency), occurred_at)
        for event, name, order_id, amount, currency, occurred_at in rows
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
        .join(Entry, Entry.journal_id == Journal.id)
        .join(Account, Account.id == Entry.account_id)
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

"""The attacks of money.md, section 4, as the tables' own owner; and what a shop's role may do."""

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.foundation.database import PlatformScope
from app.foundation.identifiers import new_id
from app.foundation.unit_of_work import unit_of_work
from tests.integration.domains.ledger.conftest import run
from tests.integration.domains.ledger.story import Story, euros, paid

JOURNAL = (
    "INSERT INTO journal (shop, event_type, source_kind, source_id, currency, occurred_at)"
    " VALUES (%s, 'attack', 'attack', %s, %s, '2026-01-01') RETURNING id"
)
ENTRY = (
    "INSERT INTO entry (shop, journal_id, line, account_id, currency, amount)"
    " VALUES (%s, %s, %s, %s, %s, %s)"
)


class Books:
    """The tables, written by hand: each attack is one change to a journal that would be accepted."""

    def __init__(self, connection, shop):
        self.connection, self.shop = connection, shop

    def account(self, code, currency="EUR", owner_type="platform", owner_id="attack"):
        self.connection.execute(
            "INSERT INTO account (shop, code, owner_type, owner_id, currency)"
            " VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            [self.shop, code, owner_type, owner_id, currency],
        )
        return self.connection.execute(
            "SELECT id FROM account WHERE (shop, code, owner_type, owner_id, currency)"
            " = (%s, %s, %s, %s, %s)",
            [self.shop, code, owner_type, owner_id, currency],
        ).fetchone()[0]

    def journal(self, source=None, currency="EUR"):
        values = [self.shop, source or new_id().hex, currency]
        return self.connection.execute(JOURNAL, values).fetchone()[0]

    def entries(self, journal, *lines, currency="EUR", first=1):
        """Write all lines in one statement, as the posting functions do."""
        values, rows = [], []
        for number, (account, amount) in enumerate(lines, first):
            rows.append("(%s, %s, %s, %s, %s, %s)")
            values += [self.shop, journal, number, account, currency, amount]
        self.connection.execute(ENTRY.split(" VALUES")[0] + " VALUES " + ", ".join(rows), values)

    def pair(self):
        return (self.account("1000"), 100), (self.account("2100"), -100)

    def count(self):
        return self.connection.execute(
            "SELECT count(*) FROM journal WHERE event_type = 'attack'"
        ).fetchone()[0]


@pytest.fixture
def hand(owner, books):
    return Books(owner, books.schema)


def write_legal(hand):
    journal = hand.journal()
    hand.entries(journal, *hand.pair())
    hand.connection.commit()
    return journal


def test_a_legal_journal_is_accepted(hand):
    before = hand.count()
    write_legal(hand)
    assert hand.count() == before + 1


def test_a_legal_journal_inside_savepoints_is_accepted(hand):
    before = hand.count()
    with hand.connection.transaction():
        journal = hand.journal()
        with hand.connection.transaction():
            hand.entries(journal, *hand.pair())
    hand.connection.commit()
    assert hand.count() == before + 1


def refused_at_commit(hand, match):
    with pytest.raises(psycopg.Error, match=match):
        hand.connection.commit()


def test_an_unbalanced_journal_is_refused(hand):
    debit, credit = hand.pair()
    hand.entries(hand.journal(), debit, (credit[0], -99))
    refused_at_commit(hand, "does not balance")


def test_an_empty_journal_is_refused(hand):
    hand.journal()
    refused_at_commit(hand, "does not balance")


def test_a_single_line_is_refused(hand):
    hand.entries(hand.journal(), hand.pair()[0])
    refused_at_commit(hand, "does not balance")


def test_a_line_of_nothing_is_refused(hand):
    debit, credit = hand.pair()
    with pytest.raises(psycopg.errors.CheckViolation, match="entry_amount_check"):
        hand.entries(hand.journal(), (debit[0], 0), credit)


def test_the_same_source_twice_is_refused(hand):
    hand.journal("same")
    with pytest.raises(psycopg.errors.UniqueViolation):
        hand.journal("same")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal SET event_type = 'other' WHERE id = %(id)s",
        "UPDATE journal SET xact = pg_current_xact_id() WHERE id = %(id)s",
        "UPDATE entry SET amount = amount * 2 WHERE journal_id = %(id)s",
        "DELETE FROM entry WHERE journal_id = %(id)s",
        "DELETE FROM journal WHERE id = %(id)s",
        "UPDATE account SET owner_id = 'me' WHERE code = '2020'",
        "DELETE FROM account WHERE owner_id = 'attack'",
    ],
)
def test_what_is_written_stays(hand, statement):
    journal = write_legal(hand)
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
        hand.connection.execute(statement, {"id": journal})


@pytest.mark.parametrize("table", ["entry", "journal, entry", "account CASCADE", "balance"])
def test_no_table_is_emptied(hand, table):
    with pytest.raises(psycopg.Error, match=r"append-only|cannot truncate"):
        hand.connection.execute(f"TRUNCATE {table}")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE balance SET credits = credits + 100",
        "DELETE FROM balance",
        "INSERT INTO balance (shop, account_id, debits, credits, version)"
        " SELECT shop, id, 0, 100, 1 FROM account WHERE owner_type = 'platform' LIMIT 1",
    ],
)
def test_a_balance_follows_from_entries_only(hand, books, statement):
    paid(books.scope)
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
        hand.connection.execute(statement)


def test_a_late_balanced_pair_on_a_closed_journal_is_refused(hand):
    journal = write_legal(hand)
    with pytest.raises(psycopg.errors.CheckViolation, match="is closed"):
        hand.entries(journal, *hand.pair(), first=3)


def test_a_late_pair_inside_a_savepoint_is_refused(hand):
    journal = write_legal(hand)
    with (
        pytest.raises(psycopg.errors.CheckViolation, match="is closed"),
        hand.connection.transaction(),
    ):
        hand.entries(journal, *hand.pair(), first=3)


def test_a_line_in_another_currency_is_refused(hand):
    journal = hand.journal()
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        hand.entries(journal, *hand.pair(), currency="USD")
        hand.connection.commit()


def test_a_line_on_another_currencys_account_is_refused(hand):
    dollars = hand.account("1000", currency="USD")
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        hand.entries(hand.journal(), (dollars, 100), hand.pair()[1])
        hand.connection.commit()


def test_a_line_on_another_shops_account_is_refused(hand, neighbour):
    foreign = Books(hand.connection, neighbour.schema).account("1000")
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        hand.entries(hand.journal(), (foreign, 100), hand.pair()[1])
        hand.connection.commit()


@pytest.mark.parametrize("code", ["2010", "2020", "2030", "2040"])
def test_a_sellers_account_does_not_fall_below_zero(hand, code):
    seller = hand.account(code, owner_type="shop", owner_id="attack")
    with pytest.raises(psycopg.errors.CheckViolation, match="below zero"):
        hand.entries(hand.journal(), (seller, 1), (hand.account("1000"), -1))


def test_an_account_without_a_code_of_the_chart_is_refused(hand):
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        hand.account("6666")


# What a shop's role may do.

LEDGER = ["account", "journal", "entry", "balance", "chart"]
CHANGES = {
    "insert": "INSERT INTO platform.{t} OVERRIDING SYSTEM VALUE SELECT * FROM platform.{t} RETURNING 1",
    "update": "UPDATE platform.{t} SET {c} = {c} RETURNING 1",
    "delete": "DELETE FROM platform.{t} RETURNING 1",
    "truncate": "TRUNCATE platform.{t}",
}
COLUMN = {"account": "code", "journal": "leg", "entry": "amount", "balance": "debits",
          "chart": "name"}  # fmt: skip


@pytest.mark.parametrize("table", LEDGER)
@pytest.mark.parametrize("change", CHANGES)
def test_a_shop_writes_no_table(books, table, change):
    with pytest.raises(DBAPIError, match="permission denied"):
        run(books.scope, CHANGES[change].format(t=table, c=COLUMN[table]))


@pytest.mark.parametrize("role", ["platform_jobs", "platform_reader"])
@pytest.mark.parametrize("table", LEDGER)
def test_nor_does_the_platform(platform, role, table):
    with pytest.raises(DBAPIError, match="permission denied"):
        run(PlatformScope("main", role), f"DELETE FROM platform.{table} RETURNING 1")


INTERNAL = {
    "post": "post('x', 'x', 'x', '', NULL, 'EUR', '2026-01-01', '', NULL)",
    "post_of_order": "post_of_order('x', 'x', 'x', NULL, 'EUR', '2026-01-01', '', NULL)",
    "lock_order": "lock_order(NULL)",
    "read_order": "read_order(NULL, 'EUR')",
    "find_posted": "find_posted('x', 'x', 'x', 'x')",
    "list_lines": "list_lines(1)",
    "refuse_overdrawn": "refuse_overdrawn(NULL, 'EUR')",
}


@pytest.mark.parametrize("call", INTERNAL.values(), ids=INTERNAL)
def test_a_shop_calls_no_inner_function(books, call):
    with pytest.raises(DBAPIError, match="permission denied for function"):
        run(books.scope, f"SELECT platform.{call}")


AUTHORISE = "SELECT platform.post_authorise(:p, :o, 'EUR', 1, '2026-01-01')"


def test_only_a_shop_posts(platform, owner):
    with pytest.raises(DBAPIError, match="permission denied"):
        run(PlatformScope("main", "platform_jobs"), AUTHORISE, p=new_id(), o=new_id())
    with pytest.raises(psycopg.Error, match="only a shop posts"):
        owner.execute("SELECT post_authorise(%s, %s, 'EUR', 1, '2026-01-01')", [new_id(), new_id()])


def test_a_posting_belongs_to_the_shop_that_posts(books, neighbour):
    """The same source, order and amounts in two shops are two journals, and neither sees the other."""
    payment, order = new_id(), new_id()
    mine = Story(books.scope, order_id=order, payment_id=payment).authorise().capture()
    assert run(neighbour.scope, "SELECT 1 FROM platform.journal WHERE order_id = :o", o=order) == []
    theirs = Story(neighbour.scope, order_id=order, payment_id=payment).authorise().capture()
    theirs.refund()
    assert mine.standing().refunded == euros(0)
    assert theirs.standing().refunded == euros(13200)


@pytest.mark.parametrize("table", ["account", "journal", "entry", "balance", "order_standing"])
def test_a_shop_reads_its_own_rows_only(books, neighbour, table):
    paid(books.scope), paid(neighbour.scope)
    query = f"SELECT DISTINCT shop FROM platform.{table}"
    assert run(books.scope, query) == [(books.schema,)]
    seen = {row[0] for row in run(PlatformScope("main", "platform_reader"), query)}
    assert {books.schema, neighbour.schema} <= seen


@pytest.mark.parametrize("table", ["account", "journal", "entry", "balance"])
def test_every_key_begins_with_the_shop(owner, table):
    """All but the block ranges by time, which serve the cell's own watch over its newest journals."""
    rows = owner.execute(
        "SELECT i.indexrelid::regclass::text, a.attname, a.attcollation::regcollation::text"
        " FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]"
        " JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am m ON m.oid = c.relam"
        " WHERE i.indrelid = %s::regclass AND m.amname <> 'brin'",
        [f"platform.{table}"],
    ).fetchall()
    assert rows
    assert {row[1:] for row in rows} == {("shop", '"C"')}


@pytest.mark.parametrize(
    ("table", "condition"),
    [("journal", "order_id = '01920000-0000-7000-8000-000000000000'"), ("entry", "account_id = 1"),
     ("account", "code = '2010'"), ("balance", "account_id = 1"),
     ("order_standing", "order_id = '01920000-0000-7000-8000-000000000000'")],
)  # fmt: skip
def test_a_shop_finds_its_rows_by_index(books, table, condition):
    """With another collation the policy could use no index at all (tenancy.md, section 3)."""
    with unit_of_work(books.scope) as unit:
        unit.session.execute(text("SET LOCAL enable_seqscan = off"))
        unit.session.execute(text("SET LOCAL enable_bitmapscan = off"))
        plan = unit.session.execute(
            text(f"EXPLAIN SELECT * FROM platform.{table} WHERE {condition}")
        ).scalars()
        told = "\n".join(plan)
    assert "Seq Scan" not in told, told
    assert "CURRENT_USER" in told, told
    assert "Index Cond: (" in told, told

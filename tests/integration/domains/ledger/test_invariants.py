"""Each invariant holds on right books and is broken by a wrong line, which names the shop."""

import contextlib
import dataclasses

import pytest
from sqlalchemy import select
from sqlalchemy.dialects import postgresql

from app.domains.ledger import models
from app.domains.ledger.invariants import OrderFacts, check_books, check_deliveries, check_orders
from app.domains.ledger.jobs import BUSY
from app.domains.ledger.operations import stop_money
from app.foundation.database import PlatformScope, directory_scope
from app.foundation.flags import STOP_MONEY, is_money_stopped, set_flag
from app.foundation.identifiers import new_id
from app.foundation.unit_of_work import unit_of_work
from tests.functional.test_statements import counted
from tests.integration.domains.ledger.conftest import run
from tests.integration.domains.ledger.story import Story, euros, paid, transaction

READER = PlatformScope("main", "platform_reader")


def check(scope=READER):
    with unit_of_work(scope) as unit:
        return {finding.name: finding for finding in check_books(unit)}


@contextlib.contextmanager
def forged(superuser, do, undo):
    """Change the books behind the triggers' back, and put them right afterwards."""
    superuser.execute("SET session_replication_role = replica")
    try:
        superuser.execute(do)
        yield
    finally:
        superuser.execute(undo)
        superuser.execute("SET session_replication_role = DEFAULT")


@pytest.fixture
def story(books):
    return paid(books.scope).refund((1000, 100, 220)).refund_succeeds(transaction(), 1320)


def journal_of(books, story, event):
    query = "SELECT id FROM platform.journal WHERE order_id = :o AND event_type = :e"
    return run(books.scope, query, o=story.order_id, e=event)[0][0]


def test_right_books_hold_over_a_cell_and_over_one_shop(books, story):
    cell, shop = check(), check(books.scope)
    assert all(finding.holds for finding in (*cell.values(), *shop.values()))
    assert 0 < shop["I1 journals"].checked <= cell["I1 journals"].checked
    assert {"I1 journals", "I1 currencies", "I2 balances", "I3 clearing", "I5 refunds", "I6 sellers",
            "I9 transactions", "I9 corrections", "I14 deliveries"} == set(cell)  # fmt: skip


def break_line(journal, code, by):
    """Return how to change a line's amount and how to undo it."""
    where = (
        f"FROM platform.account a WHERE a.shop = e.shop AND a.id = e.account_id"
        f" AND a.code = '{code}' AND e.journal_id = {journal}"
    )
    return (
        f"UPDATE platform.entry e SET amount = e.amount + ({by}) {where}",
        f"UPDATE platform.entry e SET amount = e.amount - ({by}) {where}",
    )


BREACHES = {
    "a line changed": ("capture", "1000", 1, {"I1 journals", "I1 currencies", "I5 refunds"}),
    "a kept balance": ("allocate", "2010", -1, {"I1 journals", "I1 currencies", "I2 balances"}),
    "clearing": ("allocate", "2000", -1,
                 {"I1 journals", "I1 currencies", "I2 balances", "I3 clearing"}),
    "more refunded than captured": ("refund", "2120", -20000, {
        "I1 journals", "I1 currencies", "I2 balances", "I5 refunds"}),
    "a seller below zero": ("allocate", "2010", 10**9, {
        "I1 journals", "I1 currencies", "I2 balances", "I6 sellers"}),
}  # fmt: skip


@pytest.mark.parametrize("name", BREACHES)
def test_a_wrong_line_is_found_and_its_shop_named(superuser, books, story, name):
    event, code, by, broken = BREACHES[name]
    do, undo = break_line(journal_of(books, story, event), code, by)
    with forged(superuser, do, undo):
        findings = check()
        assert {finding.name for finding in findings.values() if not finding.holds} == broken
        assert {finding.shops for finding in findings.values() if not finding.holds} == {
            (books.schema,)
        }
    assert all(finding.holds for finding in check().values())


def test_a_missing_balance_is_found(superuser, books, story):
    account = "(SELECT id FROM platform.account WHERE shop = '{s}' AND code = '2010')"
    condition = f"shop = '{books.schema}' AND account_id = " + account.format(s=books.schema)
    superuser.execute("CREATE TABLE IF NOT EXISTS public.kept AS SELECT * FROM platform.balance")
    try:
        with forged(
            superuser,
            f"DELETE FROM platform.balance WHERE {condition}",
            f"INSERT INTO platform.balance SELECT * FROM public.kept WHERE {condition}",
        ):
            assert check()["I2 balances"].breaches == 1
    finally:
        superuser.execute("DROP TABLE public.kept")


def test_a_transaction_with_two_journals_is_found(superuser, books):
    story, sent = paid(books.scope), transaction()
    story.fee(sent).refund().refund_succeeds(transaction())
    journal = journal_of(books, story, "refund_succeeded")
    before = run(
        books.scope, "SELECT source_id FROM platform.journal WHERE id = :j", j=journal
    )[0][0]  # fmt: skip
    change = f"UPDATE platform.journal SET source_id = '{{}}' WHERE id = {journal}"
    with forged(superuser, change.format(sent), change.format(before)):
        assert check()["I9 transactions"].breaches == 1


def test_an_event_that_waits_too_long_is_found(superuser, books):
    event = new_id()
    superuser.execute(
        "INSERT INTO platform.outbox (shop, id, event, payload, recorded_at)"
        " VALUES (%s, %s, 'X', '{}', now() - interval '6 minutes')",
        [books.schema, event],
    )
    superuser.execute(
        "INSERT INTO platform.outbox_delivery (shop, event_id, reaction, queue, next_at)"
        " VALUES (%s, %s, 'x', 'x', now() + interval '1 day')",
        [books.schema, event],
    )
    try:
        assert check()["I14 deliveries"].breaches == 1
    finally:
        superuser.execute("DELETE FROM platform.outbox_delivery WHERE event_id = %s", [event])
        superuser.execute("DELETE FROM platform.outbox WHERE id = %s", [event])
    with unit_of_work(directory_scope()) as unit:
        assert check_deliveries(unit).holds


# Against orders and payments: I3, I4 and I5 with the caller's facts.


@pytest.fixture(scope="module")
def seller(platform):
    """A shop without any orders but this module's: every one in its books is stated."""
    import secrets

    from tests.conftest import open_shop

    return open_shop(f"facts-{secrets.token_hex(4)}", platform)


@pytest.fixture(scope="module")
def facts(seller):
    """Orders in every standing, and what orders and payments would say of them."""
    scope = seller.scope

    def fact(story, *, is_terminal, authorised, captured, refunded):
        return OrderFacts(story.order_id, is_terminal, euros(authorised), euros(captured),
                          euros(refunded), "ch_1" if captured else "")  # fmt: skip

    partly = paid(scope).refund((1000, 100, 220)).refund_succeeds(transaction(), 1320)
    partly.release(9000, 900).transfer(9000)
    owed = paid(scope).release().transfer().refund().refund_succeeds(transaction())
    return [
        fact(Story(scope).authorise(), is_terminal=False, authorised=13200, captured=0, refunded=0),
        fact(Story(scope).authorise().void(), is_terminal=True, authorised=13200, captured=0,
             refunded=0),
        fact(paid(scope), is_terminal=True, authorised=13200, captured=13200, refunded=0),
        fact(partly, is_terminal=True, authorised=13200, captured=13200, refunded=1320),
        fact(owed, is_terminal=True, authorised=13200, captured=13200, refunded=13200),
        fact(paid(scope).refund(), is_terminal=False, authorised=13200, captured=13200, refunded=0),
    ]  # fmt: skip


def test_the_books_are_read_in_few_passes(platform, books):
    """Millions of entries: what one pass can tell is not read again (I2 with I6, I3 with I5)."""
    with counted(platform) as sent:
        findings = check()
    assert len(findings) == 9
    of_entries = [statement for statement in sent if "platform.entry" in statement]
    assert len(of_entries) == 5, of_entries
    assert len(sent) == 8, "six readings, and the outbox twice"


@pytest.mark.parametrize(
    ("time", "is_found"), [("statement_timestamp()", True), ("clock_timestamp()", False)]
)
def test_shops_with_new_journals_are_found_by_the_index(superuser, time, is_found):
    """And the control: a time that moves on while it is compared makes every minute read all."""
    query = BUSY.replace("statement_timestamp()", time).replace(":seconds", "180")
    superuser.execute("SET enable_seqscan = off")
    try:
        plan = str(superuser.execute(f"EXPLAIN {query}").fetchall())
    finally:
        superuser.execute("RESET enable_seqscan")
    assert ("journal_posted_index" in plan) is is_found


def broken_rules(scope, facts):
    with unit_of_work(scope) as unit:
        return {finding.name for finding in check_orders(unit, facts) if not finding.holds}


def test_books_that_agree_with_the_orders_hold(seller, facts):
    with unit_of_work(seller.scope) as unit:
        findings = check_orders(unit, facts)
    assert [finding for finding in findings if not finding.holds] == []
    assert all(finding.checked > 0 for finding in findings)


TOLD_OTHERWISE = {
    "an authorisation is over": (0, {"is_terminal": True}, {"I3 terminal orders"}),
    "a refund is over": (5, {"is_terminal": True}, {"I3 terminal orders"}),
    "not captured": (2, {"captured": euros(0)}, {"I4 captures"}),
    "captured, which the books do not know": (1, {"captured": euros(1)}, {"I4 captures"}),
    "captured less": (2, {"captured": euros(13199)}, {"I4 captures"}),
    "another charge": (2, {"charge": "ch_2"}, {"I4 captures"}),
    "refunded more": (3, {"refunded": euros(1321)}, {"I5 amounts"}),
    "authorised less": (2, {"authorised": euros(13199)}, {"I5 amounts"}),
}


@pytest.mark.parametrize("name", TOLD_OTHERWISE)
def test_books_that_disagree_are_found(seller, facts, name):
    place, change, broken = TOLD_OTHERWISE[name]
    told = list(facts)
    told[place] = dataclasses.replace(told[place], **change)
    assert broken_rules(seller.scope, told) == broken


def test_an_order_that_one_side_does_not_know_is_found(seller, facts):
    assert broken_rules(seller.scope, facts[1:]) == {"I4 known orders"}
    unknown = dataclasses.replace(facts[2], order_id=new_id())
    assert broken_rules(seller.scope, [*facts, unknown]) == {"I4 captures", "I5 amounts"}


def test_facts_are_compared_in_a_shops_scope_only(facts):
    with unit_of_work(READER) as unit, pytest.raises(LookupError):
        check_orders(unit, facts)


def test_a_breach_stops_the_shops_money_and_no_others(superuser, books, neighbour, story):
    do, undo = break_line(journal_of(books, story, "capture"), "1000", 1)
    jobs = PlatformScope("main", "platform_jobs")
    with forged(superuser, do, undo):
        findings = list(check().values())
    with unit_of_work(jobs) as unit:
        assert stop_money(unit, findings=findings) == [books.schema]
    try:
        with unit_of_work(books.scope) as unit:
            assert is_money_stopped(unit)
        with unit_of_work(neighbour.scope) as unit:
            assert not is_money_stopped(unit)
    finally:
        with unit_of_work(jobs) as unit:
            set_flag(unit, shop=books.schema, name=STOP_MONEY, is_on=False, reason="")


def test_models_and_migrations_agree(platform, superuser):
    """Every column, its type and whether it may be empty; journal.xact is the triggers' own."""
    for model in (models.Chart, models.Account, models.Journal, models.Entry, models.Balance,
                  models.OrderStandingRow):  # fmt: skip
        table = model.__table__
        rows = superuser.execute(
            "SELECT column_name, is_nullable = 'YES', udt_name FROM information_schema.columns"
            " WHERE table_schema = 'platform' AND table_name = %s AND column_name <> 'xact'",
            [table.name],
        ).fetchall()
        stands = {name: (nullable, kind) for name, nullable, kind in rows}
        assert set(stands) == set(table.columns.keys())
        for column in table.columns:
            nullable, kind = stands[column.name]
            assert kind == KINDS[column.type.compile(dialect=postgresql.dialect())], (
                table.name,
                column.name,
            )
            if table.name != "order_standing":
                assert nullable == column.nullable, (table.name, column.name)
        key = superuser.execute(
            "SELECT array_agg(a.attname::text ORDER BY k.place) FROM pg_index i,"
            " unnest(i.indkey) WITH ORDINALITY k (number, place)"
            " JOIN pg_attribute a ON a.attnum = k.number"
            " WHERE i.indrelid = %s::regclass AND i.indisprimary AND a.attrelid = i.indrelid",
            [f"platform.{table.name}"],
        ).fetchone()[0]
        if key:
            assert key == [column.name for column in table.primary_key]
    with unit_of_work(READER) as unit:
        for model in (models.Journal, models.OrderStandingRow):
            unit.session.execute(select(model).limit(1)).all()


KINDS = {"TEXT": "text", 'TEXT COLLATE "C"': "text", "CHAR(1)": "bpchar", "CHAR(3)": "bpchar",
         "BIGINT": "int8", "SMALLINT": "int2", "UUID": "uuid", "BOOLEAN": "bool",
         "TIMESTAMP WITH TIME ZONE": "timestamptz"}  # fmt: skip

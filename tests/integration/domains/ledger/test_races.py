"""Two postings about one order at once; each with its control, in which the lock is off."""

import secrets
import threading

import psycopg
import pytest

from app.domains.ledger import operations as ledger
from app.domains.ledger.errors import NotEnoughInBooksError
from app.foundation.identifiers import new_id
from app.foundation.unit_of_work import unit_of_work
from tests.at_once import all_at_once
from tests.conftest import open_shop
from tests.integration.domains.ledger.conftest import lines_of
from tests.integration.domains.ledger.story import WHOLE, euros, paid, split

LOCK = "SELECT pg_get_functiondef('platform.lock_order(uuid)'::regprocedure)"
NO_LOCK = (
    "CREATE OR REPLACE FUNCTION platform.lock_order(p_order uuid) RETURNS void"
    " LANGUAGE plpgsql AS $$ BEGIN END $$"
)


@pytest.fixture
def unlocked(platform):
    with psycopg.connect(platform.server.cells["main"], autocommit=True) as connection:
        locked = connection.execute(LOCK).fetchone()[0]
        connection.execute(NO_LOCK)
        yield
        connection.execute(locked.encode())


def wait_until_waiting(platform, count):
    """Wait until `count` transactions wait for another one's lock."""
    with psycopg.connect(platform.server.cells["main"], autocommit=True) as connection:
        for _ in range(200):
            waiting = connection.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE wait_event_type = 'Lock' AND datname = current_database()"
            ).fetchone()[0]
            if waiting >= count:
                return
            threading.Event().wait(0.02)
    raise AssertionError("nobody waits")


def refund_while_released(platform, story):
    """Release in one transaction; begin a refund in another before the first commits."""
    failures = []

    def refund():
        try:
            story.refund()
        except NotEnoughInBooksError as error:
            failures.append(error)

    other = threading.Thread(target=refund)
    with unit_of_work(story.scope) as unit:
        ledger.post_release(
            unit, order_id=story.order_id, seller=euros(10000), commission=euros(1000)
        )
        other.start()
        wait_until_waiting(platform, 1)
    other.join()
    return failures


def test_a_refund_that_waited_for_a_release_takes_what_was_released(platform, books):
    story = paid(books.scope)
    assert refund_while_released(platform, story) == []
    assert lines_of(books.scope, story.order_id, "refund")["seller_available"] == 10000


def test_control_without_the_lock_it_decides_on_what_is_no_longer_true(platform, books, unlocked):
    """The floor still keeps the books right, but a refund that is due is refused."""
    story = paid(books.scope)
    assert len(refund_while_released(platform, story)) == 1


def refund_eight_times_at_once(story):
    """Refund the whole under eight names at once; return how many were taken."""

    def refund():
        try:
            with unit_of_work(story.scope) as unit:
                ledger.post_refund(
                    unit, refund_id=new_id(), order_id=story.order_id, allocation=split(*WHOLE)
                )
        except NotEnoughInBooksError:
            return False
        return True

    return sum(all_at_once(refund))


@pytest.fixture
def unchecked(platform):
    """Neither the lock nor the order's own floor."""
    names = ("lock_order(uuid)", "refuse_overdrawn(uuid,text)")
    with psycopg.connect(platform.server.cells["main"], autocommit=True) as connection:
        kept = [
            connection.execute(f"SELECT pg_get_functiondef('platform.{n}'::regprocedure)").fetchone()[0]
            for n in names
        ]  # fmt: skip
        connection.execute(NO_LOCK)
        connection.execute(
            "CREATE OR REPLACE FUNCTION platform.refuse_overdrawn(p_order uuid, p_currency text)"
            " RETURNS void LANGUAGE plpgsql AS $$ BEGIN END $$"
        )
        yield
        for function in kept:
            connection.execute(function.encode())


def test_one_of_eight_whole_refunds_is_taken(books):
    paid(books.scope)
    assert refund_eight_times_at_once(paid(books.scope)) == 1


@pytest.fixture
def spoiled(platform):
    """A shop whose books may be spoilt: they are removed, for the session's checks read all books."""
    shop = open_shop(f"spoilt-{secrets.token_hex(4)}", platform)
    yield shop
    with psycopg.connect(platform.server.cells["main"], autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        for table in ("entry", "balance", "journal", "account"):
            connection.execute(f"DELETE FROM platform.{table} WHERE shop = %s", [shop.schema])


def test_control_without_the_orders_floor_another_orders_money_is_refunded(spoiled, unchecked):
    """The shop's own floor does not see it: the money of other orders is there to be taken."""
    for _ in range(8):
        paid(spoiled.scope)
    assert refund_eight_times_at_once(paid(spoiled.scope)) > 1

"""Shops whose books these tests keep; and a way to look into them from outside."""

import secrets

import psycopg
import pytest
from sqlalchemy import text

from app.foundation.unit_of_work import unit_of_work
from tests.conftest import open_shop


@pytest.fixture(scope="module")
def books(platform):
    """A shop of this module's own."""
    return open_shop(f"books-{secrets.token_hex(4)}", platform)


@pytest.fixture(scope="module")
def neighbour(platform):
    """Another shop in the same cell."""
    return open_shop(f"next-{secrets.token_hex(4)}", platform)


@pytest.fixture
def owner(platform):
    """A connection as the tables' owner: what triggers refuse even there is refused for good."""
    with psycopg.connect(platform.server.cells["main"]) as connection:
        connection.execute("SET ROLE galleria_owner")
        connection.execute("SET search_path = platform")
        connection.commit()
        yield connection
        connection.rollback()


@pytest.fixture
def superuser(platform):
    with psycopg.connect(platform.server.cells["main"], autocommit=True) as connection:
        yield connection


def run(scope, statement, **values):
    with unit_of_work(scope) as unit:
        return unit.session.execute(text(statement), values).fetchall()


def lines_of(scope, order_id, event, leg=""):
    """Return a journal's lines as account name to amount: debit positive, credit negative."""
    rows = run(
        scope,
        "SELECT c.name, e.amount FROM platform.journal j"
        " JOIN platform.entry e ON e.shop = j.shop AND e.journal_id = j.id"
        " JOIN platform.account a ON a.shop = e.shop AND a.id = e.account_id"
        " JOIN platform.chart c ON c.code = a.code"
        " WHERE j.order_id = :order AND j.event_type = :event AND j.leg = :leg",
        order=order_id, event=event, leg=leg,
    )  # fmt: skip
    return dict(rows)


def count_journals(scope, order_id):
    query = "SELECT count(*) FROM platform.journal WHERE order_id = :order"
    return run(scope, query, order=order_id)[0][0]

"""The books of many orders are checked in time: behind --nightly, in a database of its own.

The rows are written as they stand after five postings an order, behind the triggers' back.
"""

import time

import psycopg
import pytest

from app.domains.ledger.invariants import check_books
from app.foundation.database import PlatformScope
from app.foundation.unit_of_work import unit_of_work
from tenants import bootstrap
from tests.conftest import fresh_database, run_platform

SHOPS, ORDERS = 20, 60_000
LONGEST_SECONDS = 20
"""What a statement may take (app/foundation/database.py)."""
LINES = """
    ('authorise', 'M100', 100), ('authorise', 'M200', -100), ('capture', 'M100', -100),
    ('capture', 'M200', 100), ('capture', '1000', 100), ('capture', '2000', -100),
    ('allocate', '2000', 100), ('allocate', '2010', -70), ('allocate', '2140', -10),
    ('allocate', '2100', -20), ('release', '2010', 70), ('release', '2020', -70),
    ('release', '2140', 10), ('release', '4000', -10), ('transfer', '2020', 70),
    ('transfer', '1010', -70), ('transfer', 'M110', 70), ('transfer', 'M210', -70)
"""
FILL = f"""
    SET session_replication_role = replica;
    CREATE TEMP TABLE sale AS SELECT 't_9' || lpad((n % {SHOPS})::text, 4, '0') AS shop, n,
      gen_random_uuid() AS id FROM generate_series(1, {ORDERS}) n;
    CREATE TEMP TABLE line (event text, code text, amount int);
    INSERT INTO line VALUES {LINES};
    INSERT INTO platform.account (shop, code, owner_type, owner_id, currency)
      SELECT DISTINCT shop, c.code, c.owner_type, c.code, 'EUR' FROM sale, platform.chart c
      WHERE c.owner_type <> 'order';
    INSERT INTO platform.account (shop, code, owner_type, owner_id, currency)
      SELECT shop, code, 'order', id::text, 'EUR' FROM sale, unnest(ARRAY['M100', 'M200', '2000']) code;
    INSERT INTO platform.journal (shop, event_type, source_kind, source_id, order_id, currency,
        occurred_at)
      SELECT shop, e, 'order', id::text, id, 'EUR', '2026-11-21' FROM sale,
        unnest(ARRAY['authorise', 'capture', 'allocate', 'release', 'transfer']) e ORDER BY n;
    ANALYZE platform.account; ANALYZE platform.journal; ANALYZE line;
    INSERT INTO platform.entry (shop, journal_id, line, account_id, currency, amount)
      SELECT j.shop, j.id, row_number() OVER (PARTITION BY j.id), a.id, 'EUR', l.amount
      FROM platform.journal j JOIN line l ON l.event = j.event_type
      JOIN platform.account a ON a.shop = j.shop AND a.code = l.code
        AND a.owner_id = CASE WHEN l.code IN ('M100', 'M200', '2000') THEN j.order_id::text
          ELSE l.code END;
    INSERT INTO platform.balance (account_id, shop, debits, credits, version)
      SELECT a.id, a.shop, sum(greatest(amount, 0)), sum(greatest(-amount, 0)), 1
      FROM platform.account a JOIN platform.entry e ON e.account_id = a.id
      WHERE a.owner_type <> 'platform' GROUP BY a.id, a.shop
"""


@pytest.fixture
def filled(platform, servers, tmp_path):
    """A cell with a million entries of twenty shops; the session's marketplace is wired after it."""
    from app.domains.notifications.ports import Mailer
    from app.foundation.ports import port, provide
    from app.wiring import wire

    mailer = port(Mailer)
    dsn = fresh_database(servers.superuser_dsn, "galleria_large_books")
    server = bootstrap.DatabaseServer(dsn, {"main": dsn})
    with run_platform(server, servers, tmp_path, platform.password_secret):
        with psycopg.connect(dsn, autocommit=True) as connection:
            for statement in FILL.split(";"):
                connection.execute(statement)
            connection.execute("VACUUM ANALYZE")
        yield PlatformScope("main", "platform_reader")
    wire(platform.configuration)
    provide(Mailer, mailer)


def timed(scope, shops=None):
    began = time.monotonic()
    with unit_of_work(scope) as unit:
        findings = check_books(unit, shops=shops)
    return time.monotonic() - began, {finding.name: finding for finding in findings}


@pytest.mark.nightly
def test_a_million_entries_are_checked_in_time(filled):
    whole, found = timed(filled)
    one, of_one = timed(filled, ["t_90003"])
    assert [finding for finding in found.values() if not finding.holds] == []
    assert found["I1 journals"].checked == 5 * ORDERS
    assert found["I3 clearing"].checked == found["I5 refunds"].checked == ORDERS
    assert of_one["I3 clearing"].checked == ORDERS // SHOPS
    print(f"{18 * ORDERS} entries: {whole:.1f} s, of one shop in {SHOPS}: {one:.2f} s")
    assert whole < LONGEST_SECONDS, "all of it in what a single statement may take"

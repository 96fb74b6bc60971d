"""A million rows are verified in less than a minute (R14); nightly, with the figure printed."""

import time

import psycopg
import pytest

from app.foundation.audit.verifying import verify
from app.foundation.unit_of_work import unit_of_work
from tests.integration.foundation.audit_rows import seal_all
from tests.integration.foundation.test_audit_chain import READER

ROWS, SHOPS, MOST_SECONDS = 1_000_000, 20, 60


@pytest.mark.nightly
def test_a_million_rows_are_verified_in_a_minute(platform, capsys):
    with psycopg.connect(platform.server.directory, autocommit=True) as superuser:
        for _ in range(ROWS // 1000):
            superuser.execute(
                "INSERT INTO platform.audit (shop, id, actor, action, object_kind, object_id, fields,"
                " kind, place, network, recorded_at)"
                " SELECT 't_' || (200000000 + n %% %s), uuidv7(), 'system', 'payment_captured', 'payment',"
                ' gen_random_uuid()::text, \'{"amount": 12900, "currency": "EUR"}\', \'money\','
                " '0123456789abcdef', '203.0.113.0/24', statement_timestamp()"
                " FROM generate_series(1, %s) n",
                [SHOPS, 1000],
            )
        superuser.execute("ANALYZE platform.audit")
    began = time.perf_counter()
    assert seal_all() >= ROWS
    sealed = time.perf_counter() - began
    with psycopg.connect(platform.server.directory, autocommit=True) as superuser:
        superuser.execute("ANALYZE platform.audit_chain")
    began = time.perf_counter()
    with unit_of_work(READER) as unit:
        report = verify(unit.connection, database="main", now=unit.now)
    took = time.perf_counter() - began
    with capsys.disabled():
        print(f"\nsealed in {sealed:.1f} s, verified {report.entries} rows in {took:.1f} s")
    assert report.findings == []
    assert report.entries >= ROWS
    assert took < MOST_SECONDS

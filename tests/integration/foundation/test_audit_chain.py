"""The log's chain: who may write where, what the sealer does, and what verification finds."""

import threading
import time
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import ProgrammingError

from app.foundation.audit.origin import acting
from app.foundation.audit.rules import RETENTION, AuditKind
from app.foundation.audit.sealing import forget_expired, seal, sealer_scope
from app.foundation.audit.verifying import Fault, verify
from app.foundation.clock import clock
from app.foundation.database import DIRECTORY, PlatformScope, directory_scope
from app.foundation.identifiers import new_id
from app.foundation.unit_of_work import unit_of_work
from tests.integration.foundation.audit_rows import act, seal_all

READER = PlatformScope("main", "platform_reader")


@pytest.fixture
def superuser(platform):
    """A DBA's connection, in a transaction that is rolled back at the end."""
    engine = create_engine(platform.server.directory.replace("postgresql:", "postgresql+psycopg:"))
    with engine.connect() as connection:
        yield connection
        connection.rollback()
    engine.dispose()


def check(shop, claims=None):
    with unit_of_work(READER) as unit:
        return verify(
            unit.connection, database="main", now=unit.now, claims=claims, chains=[shop.schema]
        )


def rows_of(platform, shop):
    with psycopg.connect(platform.server.directory) as connection:
        return connection.execute(
            "SELECT actor, action, kind, before, after, fields, place, network FROM platform.audit"
            " WHERE shop = %s ORDER BY xact, id",
            [shop.schema],
        ).fetchall()


def test_a_row_says_who_and_from_where_and_names_no_values(platform, shop):
    person = str(new_id())
    with acting(address="203.0.113.77", find_actor=lambda: person):
        act(shop.scope)
    with acting(address="2001:db8:1:2::9", find_actor=lambda: person):
        act(shop.scope)
    act(shop.scope)
    first, second, third = rows_of(platform, shop)[-3:]
    assert first[0] == second[0] == person
    assert first[7] == "203.0.113.0/24"
    assert second[7] == "2001:db8:1::/48"
    assert third[0] == "system"
    assert third[6:] == ("", "")
    assert len(first[6]) == 16
    assert first[6] != second[6]
    assert first[4] == {"state": "done"}
    assert first[3]["state"] == "planned"
    assert first[3]["email"].startswith("#")
    assert first[5] == {"amount": 100, "currency": "EUR"}
    assert "203.0.113.77" not in str(first)
    assert "ada@example.com" not in str(first)


def test_the_same_place_has_the_same_hash_and_another_field_another(platform, shop):
    for address in ("203.0.113.77", "203.0.113.77", "::ffff:203.0.113.77", "203.0.113.78"):
        with acting(address=address):
            act(shop.scope)
    places = [row[6] for row in rows_of(platform, shop)[-4:]]
    assert places[0] == places[1] == places[2] != places[3]
    for address in ("2001:db8:1:2::9", "2001:db8:1:2:ffff::1", "2001:db8:1:3::9"):
        with acting(address=address):
            act(shop.scope)
    places = [row[6] for row in rows_of(platform, shop)[-3:]]
    assert places[0] == places[1] != places[2]
    with acting(address="unknown"):
        act(shop.scope)
    assert rows_of(platform, shop)[-1][6:] == ("", "")


def test_nobody_is_named_in_the_log(platform, shop):
    for facts in ({"actor": "ada@example.com"}, {"actor": "Ada Buyer"}, {"object_id": "a@b.c"}):
        with pytest.raises(Exception, match="nobody_named"), unit_of_work(shop.scope) as unit:
            unit.audit(**{"action": "x", "object_kind": "x", "object_id": "x", **facts})


def test_a_page_writes_its_rows_with_one_insert(platform, shop):
    from tests.functional.test_statements import counted

    with counted(platform) as sent, unit_of_work(shop.scope) as unit:
        for _ in range(5):
            unit.audit(action="see", object_kind="order", object_id=new_id())
    assert len(sent) == 1


CHANGES = {
    "changing a row": "UPDATE platform.audit SET actor = 'x'",
    "deleting a row": "DELETE FROM platform.audit",
    "changing the chain": "UPDATE platform.audit_chain SET position = position + 1",
    "deleting from the chain": "DELETE FROM platform.audit_chain",
    "choosing the transaction": "INSERT INTO platform.audit (id, actor, action, object_kind,"
    " object_id, recorded_at, xact) VALUES (gen_random_uuid(), 'x', 'x', 'x', 'x', '2026-01-01', '5')",
    "writing to the chain": "INSERT INTO platform.audit_chain VALUES ('x', 1, gen_random_uuid(),"
    " '1', 'money', '2026-01-01', sha256(''), sha256(''))",
    "forgetting": "SELECT platform.forget_audit(1)",
}


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("role", ["shop", "platform_jobs", "platform_reader", "platform_operator"])
def test_no_role_changes_what_was_written(platform, shop, role, name):
    scope = shop.scope if role == "shop" else PlatformScope("main", role)
    with pytest.raises(ProgrammingError) as refused, unit_of_work(scope) as unit:
        unit.session.execute(text(CHANGES[name]))
    assert isinstance(refused.value.orig, psycopg.errors.InsufficientPrivilege)


@pytest.mark.parametrize("line", ["directory", "platform"])
@pytest.mark.parametrize("verb", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {}"])
def test_not_even_the_owner_changes_what_was_written(platform, shop, superuser, line, verb):
    act(directory_scope() if line == "directory" else shop.scope)
    seal_all("directory" if line == "directory" else "main")
    log = "directory.directory_audit" if line == "directory" else "platform.audit"
    for table, column in ((log, "actor"), (f"{log}_chain", "kind")):
        with pytest.raises(Exception, match="append-only"), superuser.begin_nested():
            superuser.execute(text("SET LOCAL ROLE galleria_owner"))
            superuser.execute(text(verb.format(table, column, column)))


def test_the_sealer_only_adds(platform, shop):
    act(shop.scope)
    seal_all()
    for statement in (
        "UPDATE platform.audit_chain SET kind = 'money'", "DELETE FROM platform.audit_chain",
        "DELETE FROM platform.audit", "INSERT INTO platform.audit (id) VALUES (gen_random_uuid())",
        "SELECT 1 FROM platform.journal", f"SELECT 1 FROM {shop.schema}.product",
    ):  # fmt: skip
        with pytest.raises(ProgrammingError), unit_of_work(sealer_scope("main")) as unit:
            unit.session.execute(text(statement))


def test_what_is_sealed_holds_and_what_is_not_is_told(platform, shop):
    act(shop.scope, 7)
    seal_all()
    act(shop.scope, 2)
    report = check(shop)
    assert report.findings == []
    assert report.unsealed == 2
    assert report.unsealed_since is not None
    seal_all()
    report = check(shop)
    assert (report.findings, report.unsealed) == ([], 0)
    assert report.entries == len(rows_of(platform, shop))
    assert seal_all() == 0


def test_the_directory_has_a_chain_of_its_own(platform, shop):
    act(directory_scope(), 3)
    seal_all(DIRECTORY)
    with unit_of_work(directory_scope()) as unit:
        report = verify(unit.connection, database=DIRECTORY, now=unit.now)
    assert report.findings == []
    assert report.entries >= 4, "the shop's opening is in it too"


def test_a_transaction_under_way_holds_the_later_ones_back(platform, shop):
    """A row that commits late would else come behind the sealer's back."""
    begun, go_on = threading.Event(), threading.Event()

    def slow():
        with unit_of_work(shop.scope) as unit:
            unit.audit(action="slow", object_kind="x", object_id="x")
            unit.write_records()
            begun.set()
            go_on.wait(10)

    thread = threading.Thread(target=slow)
    seal_all()
    thread.start()
    begun.wait(10)
    act(shop.scope, 3, action="quick")
    assert seal_all() == 0
    assert check(shop).unsealed == 3
    go_on.set()
    thread.join()
    assert seal_all() == 4
    assert check(shop).findings == []
    with psycopg.connect(platform.server.directory) as connection:
        order = connection.execute(
            "SELECT a.action FROM platform.audit_chain c JOIN platform.audit a ON a.id = c.audit_id"
            " WHERE c.chain = %s ORDER BY c.position DESC LIMIT 4",
            [shop.schema],
        ).fetchall()
    assert [row[0] for row in order] == ["quick", "quick", "quick", "slow"]


def test_small_batches_make_the_same_chain(platform, shop):
    with unit_of_work(shop.scope) as unit:
        for _ in range(9):
            unit.audit(action="many", object_kind="x", object_id="x")
    act(shop.scope, 5)
    turns = 0
    while True:
        with unit_of_work(sealer_scope("main")) as unit:
            done = seal(unit, limit=2)
        turns += 1
        if not done.has_more:
            break
    assert turns > 2
    assert check(shop).findings == []
    assert check(shop).unsealed == 0


def test_two_sealers_do_not_disturb_each_other(platform, shop):
    faults = []

    def work():
        try:
            for _ in range(15):
                seal_all()
        except Exception as error:
            faults.append(error)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    act(shop.scope, 40)
    for thread in threads:
        thread.join()
    seal_all()
    assert faults == []
    report = check(shop)
    assert (report.findings, report.unsealed) == ([], 0)


def test_no_false_alarm_while_rows_are_written_and_sealed(platform, shop):
    """What is under way looks at no moment like a change."""
    ended, faults, looks = threading.Event(), [], 0

    def go_on(step):
        try:
            while not ended.is_set():
                step()
        except Exception as error:
            faults.append(error)

    steps = (lambda: act(shop.scope, 3), lambda: act(shop.scope, 3), seal_all)
    threads = [threading.Thread(target=go_on, args=(step,)) for step in steps]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 3
    while time.monotonic() < deadline:
        assert check(shop).findings == []
        looks += 1
    ended.set()
    for thread in threads:
        thread.join()
    assert faults == []
    assert looks > 5
    assert check(shop).entries > 10


def test_what_is_older_than_it_is_kept_goes_and_its_hashes_stay(platform, shop):
    """Sign-ins go after 18 months, money stays 7 years; verification tells expired from removed."""
    with unit_of_work(sealer_scope("main")) as unit:
        limits = unit.session.execute(
            text("SELECT kind, extract(epoch FROM platform.audit_retention(kind)) FROM"
                 " unnest(ARRAY['money', 'access', 'action', 'sign_in']) AS kind")
        ).all()  # fmt: skip
    assert {AuditKind(kind): timedelta(seconds=int(kept)) for kind, kept in limits} == RETENTION
    seal_all()
    before = len(rows_of(platform, shop))
    clock.move(timedelta(days=-600))
    try:
        act(shop.scope, 8)
        seal_all()
    finally:
        clock.reset()
    act(shop.scope, 4)
    seal_all()
    with unit_of_work(sealer_scope("main")) as unit:
        assert forget_expired(unit) == 4
    with unit_of_work(sealer_scope("main")) as unit:
        assert forget_expired(unit) == 0
    report = check(shop)
    assert report.findings == []
    assert report.expired == 4
    kinds = [row[2] for row in rows_of(platform, shop)[before:]]
    assert sorted(kinds) == ["access"] * 3 + ["action"] + ["money"] * 3 + ["sign_in"]
    with unit_of_work(READER) as unit:
        early = verify(
            unit.connection, database="main", now=unit.now - timedelta(days=500),
            chains=[shop.schema],
        )  # fmt: skip
    assert {finding.fault for finding in early.findings} == {Fault.REMOVED}, "before its time"

"""The attack list (tenancy.md, section 7.4): run as shop A against shop B, each with its control.

The control grants back what the measure took away, and the attack succeeds: so the test can fail.
"""

import contextlib

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.foundation.unit_of_work import unit_of_work
from tests.conftest import open_shop


@pytest.fixture(scope="module")
def shops(platform):
    return open_shop("attacker", platform), open_shop("victim", platform)


def run(scope, statement, **values):
    with unit_of_work(scope) as unit:
        return unit.session.execute(text(statement), values).fetchall()


def as_superuser(platform, *statements):
    with psycopg.connect(platform.server.directory, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


@contextlib.contextmanager
def measure_off(platform, off, on):
    as_superuser(platform, off)
    try:
        yield
    finally:
        as_superuser(platform, on)


BLOCKED = {
    "qualified name": "SELECT * FROM {b}.product",
    "union": "SELECT handle FROM product UNION SELECT handle FROM {b}.product",
    "set_config in a select": "SELECT set_config('role', '{b}', true)",
    "update pg_settings": "UPDATE pg_settings SET setting = '{b}' WHERE name = 'role'",
    "do": "DO $$ BEGIN NULL; END $$",
    "create function": "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "temporary table": "CREATE TEMP TABLE x (a int)",
    "schema": "CREATE SCHEMA mine",
    "large object": "SELECT lo_create(0)",
    "copy program": "COPY (SELECT 1) TO PROGRAM 'true'",
    "copy file": "COPY (SELECT 1) TO '/tmp/out'",
    "dblink": "CREATE EXTENSION dblink",
    "foreign table": "CREATE SERVER s FOREIGN DATA WRAPPER postgres_fdw",
    "query_to_xml": "SELECT query_to_xml('SELECT * FROM {b}.product', true, false, '')",
    "table_to_xml": "SELECT table_to_xml('{b}.product', true, false, '')",
    "schema_to_xml": "SELECT schema_to_xml('{b}', true, false, '')",
    "database_to_xml": "SELECT database_to_xml(true, false, '')",
    "cursor_to_xml": "SELECT cursor_to_xml('c', 1, true, false, '')",
    "ts_stat": "SELECT * FROM ts_stat('SELECT words FROM {b}.product_card')",
    "ts_rewrite": "SELECT ts_rewrite('a'::tsquery, 'SELECT 1')",
    "catalogue names": "SELECT nspname FROM pg_namespace",
    "catalogue activity": "SELECT query FROM pg_stat_activity",
    "journal insert": "INSERT INTO platform.journal (event_type, source_kind, source_id, currency, occurred_at) VALUES ('x', 'x', 'x', 'EUR', '2026-01-01')",
    "internal posting": "SELECT platform.post('x', 'x', 'x', '', NULL, 'EUR', '2026-01-01', '', NULL)",
    "reset role then read": "SELECT 1; RESET ROLE; SELECT * FROM {b}.product",
    "stacked without parameters": "SELECT 1; SELECT 2",
    "directory": "SELECT * FROM directory.shop",
    "another shop's key": "INSERT INTO platform.shop_key (shop, version, wrapped, root_name, made_at) VALUES ('{b}', 9, '', 'x', '2026-01-01')",
    "its own key overwritten": "UPDATE platform.shop_key SET wrapped = ''",
    "its own key removed": "DELETE FROM platform.shop_key",
    "who is known here, written by hand": "INSERT INTO platform.person_place (shop, kind, id, owner) VALUES ('{a}', 'cart', gen_random_uuid(), '\\x00112233445566778899aabbccddeeff')",
    "another shop's people's keys": "SELECT wrapped FROM {b}.sealing_key",
    "the directory's people's keys": "SELECT wrapped FROM directory.person_key",
    "another shop's row": "INSERT INTO platform.audit (shop, id, actor, action, object_kind, object_id, recorded_at) VALUES ('{b}', gen_random_uuid(), 'x', 'x', 'x', 'x', '2026-01-01')",
}


@pytest.mark.parametrize("name", BLOCKED)
def test_blocked(shops, name):
    a, b = shops
    with pytest.raises(DBAPIError):
        run(a.scope, BLOCKED[name].format(a=a.schema, b=b.schema))


def test_stacked_with_parameters(shops):
    with pytest.raises(DBAPIError):
        run(shops[0].scope, "SELECT :a; SELECT 2", a=1)


def test_role_changed_inside_a_statement_through_set_config_works_without_the_measure(
    platform, shops
):
    """Control of measure 1: with EXECUTE back, one SELECT becomes another shop."""
    a, b = shops
    function = "FUNCTION set_config(text, text, boolean)"
    with measure_off(
        platform,
        f"GRANT EXECUTE ON {function} TO PUBLIC",
        f"REVOKE EXECUTE ON {function} FROM PUBLIC",
    ):
        assert run(a.scope, f"SELECT set_config('role', '{b.schema}', true)")


def test_functions_that_run_text_read_another_shop_without_the_measures(platform, shops):
    """Control of measures 1 and 2 together: one SELECT reads another shop."""
    a, b = shops
    functions = ("FUNCTION set_config(text, text, boolean)", "FUNCTION ts_stat(text)")
    as_superuser(platform, *(f"GRANT EXECUTE ON {f} TO PUBLIC" for f in functions))
    try:
        rows = run(
            a.scope,
            f"SELECT set_config('role', '{b.schema}', true),"
            f" (SELECT count(*) FROM ts_stat('SELECT words FROM {b.schema}.product_card'))",
        )
    finally:
        as_superuser(platform, *(f"REVOKE EXECUTE ON {f} FROM PUBLIC" for f in functions))
    assert rows[0][1] > 0


def test_query_to_xml_is_reached_without_the_measure(platform, shops):
    """Control of measure 2 for XML: refused for lack of a right; without it, the function answers.

    The embedded server is built without libxml, where the answer is that it cannot.
    """
    a, _ = shops
    statement = "SELECT query_to_xml('SELECT 1', true, false, '')"
    with pytest.raises(DBAPIError, match="permission denied"):
        run(a.scope, statement)
    function = "FUNCTION query_to_xml(text, boolean, boolean, text)"
    with measure_off(
        platform,
        f"GRANT EXECUTE ON {function} TO PUBLIC",
        f"REVOKE EXECUTE ON {function} FROM PUBLIC",
    ):
        answer = told(a.scope, statement)
    assert "permission denied" not in answer


def test_stacked_statements_work_with_the_plain_cursor(platform, shops):
    """Control of measure 3: psycopg's own cursor takes two statements at once."""
    with unit_of_work(shops[0].scope) as unit:
        raw = unit.connection.connection.driver_connection
        with psycopg.Cursor(raw) as cursor:
            cursor.execute("SELECT 1; SELECT 2")
            assert cursor.nextset()


def test_temporary_tables_work_without_the_measure(platform, shops):
    database = psycopg.conninfo.conninfo_to_dict(platform.server.directory)["dbname"]
    on, off = (
        f'{verb} TEMPORARY ON DATABASE "{database}" {to} PUBLIC'
        for verb, to in (("REVOKE", "FROM"), ("GRANT", "TO"))
    )
    with measure_off(platform, off, on):
        run_only(shops[0].scope, "CREATE TEMP TABLE x (a int)")


def test_catalogues_speak_without_the_measure(platform, shops):
    with measure_off(
        platform,
        "GRANT SELECT ON pg_catalog.pg_namespace TO PUBLIC",
        "REVOKE SELECT ON pg_catalog.pg_namespace FROM PUBLIC",
    ):
        names = {row[0] for row in run(shops[0].scope, "SELECT nspname FROM pg_namespace")}
    assert shops[1].schema in names


def test_policies_hide_rows_and_without_them_they_show(platform, shops):
    a, b = shops
    statement = "SELECT DISTINCT shop FROM platform.outbox"
    assert run(a.scope, statement) == [(a.schema,)]
    with measure_off(
        platform,
        "ALTER TABLE platform.outbox DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE platform.outbox ENABLE ROW LEVEL SECURITY",
    ):
        assert (b.schema,) in run(a.scope, statement)


@pytest.mark.parametrize(
    "table",
    [
        "outbox",
        "outbox_delivery",
        "consumed",
        "audit",
        "journal",
        "entry",
        "account",
        "balance",
        "shop_key",
        "person_place",
    ],
)
def test_each_platform_table_shows_only_the_shops_own(shops, table):
    a, b = shops
    assert run(a.scope, f"SELECT 1 FROM platform.{table} WHERE shop = :b", b=b.schema) == []


def test_an_injected_commit_lands_where_nothing_can_be_read(platform, shops):
    """Measure 6: after a COMMIT the connection is the login's, which may read nothing."""
    a, b = shops
    with unit_of_work(a.scope) as unit:
        unit.session.execute(text("COMMIT"))
        with pytest.raises(DBAPIError):
            unit.session.execute(text(f"SELECT * FROM {b.schema}.product"))


def test_documented_a_whole_statement_can_change_the_role(shops):
    """What is left, said plainly: whoever controls a whole statement can switch roles."""
    a, b = shops
    with unit_of_work(a.scope) as unit:
        unit.session.execute(text(f"SET ROLE {b.schema}"))
        assert (
            unit.session.execute(text(f"SELECT count(*) FROM {b.schema}.product")).scalar_one() == 3
        )
        unit.session.execute(text("RESET ROLE"))


def run_only(scope, statement):
    with unit_of_work(scope) as unit:
        unit.session.execute(text(statement))


def told(scope, statement):
    """Return what a statement answers, or its error's text."""
    try:
        return str(run(scope, statement))
    except DBAPIError as error:
        return str(error)

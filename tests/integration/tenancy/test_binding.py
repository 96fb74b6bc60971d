"""The bind: who a transaction is, and what is left of it afterwards (tenancy.md, section 7.2)."""

import threading
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import InvalidRequestError

from app.foundation.database import ShopScope, begin_in_scope, directory_scope, engine_for
from app.foundation.unit_of_work import NestedUnitError, unit_of_work
from tests.conftest import open_shop


def who(unit):
    return unit.session.execute(
        text("SELECT current_user::text, current_setting('search_path'), session_user::text")
    ).one()


def test_a_unit_runs_as_its_shop(platform, shop):
    with unit_of_work(shop.scope) as unit:
        user, path, login = who(unit)
    assert user == shop.schema
    assert path == f"{shop.schema}, extensions"
    assert login.startswith("galleria_login_")


def test_without_a_shop_nothing_is_sent(platform):
    with engine_for("main").connect() as connection, pytest.raises(LookupError):
        connection.execute(text("SELECT 1"))


def test_a_scope_serves_one_transaction(platform, shop):
    """Not the next one on the same connection, and none where beginning was refused."""
    with engine_for("main").connect() as connection:
        begin_in_scope(connection, shop.scope)
        assert connection.execute(text("SELECT current_user::text")).scalar_one() == shop.schema
        with pytest.raises(InvalidRequestError):
            begin_in_scope(connection, shop.scope)
        connection.rollback()
        with pytest.raises(LookupError):
            connection.execute(text("SELECT 1"))


@pytest.mark.parametrize("name", ["public", "t_1", "t_00001; DROP TABLE x", "postgres", "T_00001"])
def test_a_name_that_is_no_shops_is_refused(platform, name):
    with pytest.raises(ValueError), unit_of_work(ShopScope(UUID(int=0), "main", name)):
        pass


def test_units_do_not_nest(platform, shop):
    with unit_of_work(shop.scope), pytest.raises(NestedUnitError), unit_of_work(directory_scope()):
        pass


def test_after_a_unit_the_connection_is_nobodys(platform, shop):
    """After commit, rollback, exception and return: the login's own role, default path."""

    def state():
        with engine_for("main").connect() as connection:
            raw = connection.connection.driver_connection
            with psycopg.Cursor(raw) as cursor:
                cursor.execute("SELECT current_user = session_user, current_setting('search_path')")
                return cursor.fetchone()

    with unit_of_work(shop.scope):
        pass
    assert state() == (True, '"$user", public')
    with pytest.raises(ZeroDivisionError), unit_of_work(shop.scope) as unit:
        who(unit)
        raise ZeroDivisionError
    assert state() == (True, '"$user", public')
    with pytest.raises(Exception, match="syntax"), unit_of_work(shop.scope) as unit:
        unit.session.execute(text("SELEKT"))
    assert state() == (True, '"$user", public')


def test_the_login_may_read_nothing(platform, shop):
    dsn = platform.server.login_dsn("tools", "main", platform.password_secret)
    with psycopg.connect(dsn, autocommit=True) as connection:
        for table in (
            "platform.journal",
            "directory.shop",
            "directory.person",
            f"{shop.schema}.shop_order",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"SELECT * FROM {table}".encode())


def test_two_threads_two_shops_one_pool_do_not_mix(platform, shop):
    other = open_shop("other-threads", platform)
    wrong = []

    def work(scope):
        for turn in range(300):
            try:
                with unit_of_work(scope) as unit:
                    if who(unit)[0] != scope.schema:
                        wrong.append(scope)
                    if turn % 7 == 0:
                        raise KeyError
            except KeyError:
                pass

    threads = [
        threading.Thread(target=work, args=(s.scope,)) for s in (shop, other) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_the_six_measures_are_in_force(platform):
    from tenants import hardening

    with psycopg.connect(platform.server.directory, autocommit=True) as connection:
        found = hardening.check(connection)
    assert len(found) == 6
    assert all(holds for _, holds in found), found


def test_no_shop_table_names_a_schema_or_reaches_out(platform, shop):
    with psycopg.connect(platform.server.directory) as connection:
        crossing = connection.execute(
            "SELECT conname FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid"
            " JOIN pg_class r ON r.oid = c.confrelid WHERE c.contype = 'f'"
            " AND t.relnamespace = %s::regnamespace AND r.relnamespace <> t.relnamespace",
            [shop.schema],
        ).fetchall()
        tables = connection.execute(
            "SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relnamespace = %s::regnamespace",
            [shop.schema],
        ).fetchone()[0]
    assert crossing == []
    assert tables < 60

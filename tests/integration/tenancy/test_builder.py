"""Spare schemas are made by the builder alone: a login that makes schemas and reads no shop."""

import secrets

import psycopg
import pytest

from app.foundation.database import DIRECTORY, directory_scope
from app.foundation.unit_of_work import unit_of_work
from tenants import builder
from tenants.errors import NoSpareSchemaError
from tenants.operations import create_shop
from tests.conftest import open_shop


@pytest.fixture
def dsns(platform):
    secret = platform.password_secret
    return tuple(
        builder.as_owner(platform.server.login_dsn(builder.GROUP, name, secret))
        for name in (DIRECTORY, "main")
    )


def open_another():
    with unit_of_work(directory_scope()) as unit:
        return create_shop(
            unit, slug=f"b-{secrets.token_hex(5)}", name="B", kind="maker", country="DE",
            currency="EUR", language="en",
        )  # fmt: skip


def test_many_shops_in_a_row_never_run_out(platform, dsns):
    """Without the builder they do: that is the control; with it, they never do."""
    taken = 0
    with pytest.raises(NoSpareSchemaError):
        for taken in range(100):
            open_another()
    assert taken < 100
    shops = []
    for _ in range(8):
        assert builder.keep_ready(*dsns, cell="main", wanted=2) >= 1
        shops.append(open_another())
    assert len({shop.schema for shop in shops}) == 8
    with unit_of_work(shops[-1].scope) as unit:
        assert unit.currency == "EUR"


def test_a_built_schema_equals_one_of_the_superusers(platform, dsns):
    while builder.count_ready(dsns[0], "main"):
        open_another()
    builder.build_one(*dsns, cell="main")
    built, other = open_another(), open_shop(f"s-{secrets.token_hex(4)}", platform)
    with psycopg.connect(platform.server.cells["main"]) as connection:

        def shape(schema):
            return connection.execute(
                "SELECT table_name, column_name, data_type FROM information_schema.columns"
                " WHERE table_schema = %s ORDER BY 1, 2",
                [schema],
            ).fetchall(), connection.execute(
                "SELECT c.relname, c.relowner, replace(c.relacl::text, %s, 'shop') FROM pg_class c"
                " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE nspname = %s ORDER BY 1",
                [schema, schema],
            ).fetchall()

        assert shape(built.schema) == shape(other.schema)


def test_enough_is_enough(platform, dsns):
    ready = builder.count_ready(dsns[0], "main")
    assert builder.keep_ready(*dsns, cell="main", wanted=ready) == ready
    assert builder.count_ready(dsns[0], "main") == ready


@pytest.mark.parametrize(
    "statement",
    [
        "SET ROLE {schema}",
        "SET ROLE platform_jobs",
        "SET ROLE binder",
        "ALTER ROLE postgres PASSWORD 'x'",
        "CREATE ROLE another_master SUPERUSER",
        "GRANT directory_app TO {login}",
    ],
)
def test_the_builder_cannot_become_anybody(platform, shop, dsns, statement):
    login = psycopg.conninfo.conninfo_to_dict(dsns[1])["user"]
    asked = statement.format(schema=shop.schema, login=login)
    with (
        psycopg.connect(dsns[1]) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(asked.encode())


def test_a_release_that_is_behind_builds_nothing(platform, dsns):
    with psycopg.connect(platform.server.cells["main"], autocommit=True) as connection:
        connection.execute(
            "INSERT INTO platform.shop_migration (shop, revision, status)"
            " VALUES ('t_99999999', '9999_later', 'done')"
        )
        try:
            ready = builder.count_ready(dsns[0], "main")
            assert builder.keep_ready(*dsns, cell="main", wanted=ready + 1) == ready
        finally:
            connection.execute("DELETE FROM platform.shop_migration WHERE shop = 't_99999999'")

"""Spare schemas, built ahead so that opening a shop needs no DDL (docs/tenancy.md, section 4)."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

from tenants import migrations, roles

ONE_BUILDS = 0x47414C31
"""The advisory lock, in the directory's database, of whoever builds spares."""


def schema_name(number: int) -> str:
    """Return the name of the schema with this number: opaque, because catalogues leak names."""
    return f"t_{number:05d}"


def build_spares(directory_dsn: str, cell_dsn: str, *, cell: str, wanted: int) -> int:
    """Build spare schemas in a cell until `wanted` are ready; return how many were built."""
    with _opened(directory_dsn, cell_dsn) as (directory, database):
        built = 0
        for number in _unfinished(directory, cell):
            _build(directory, database, number)
            built += 1
        while _count_ready(directory, cell) < wanted:
            _build(directory, database, _next_number(directory, cell))
            built += 1
    return built


def build_one(directory_dsn: str, cell_dsn: str, *, cell: str) -> None:
    """Finish a spare schema that was begun and not finished, or build one more."""
    with _opened(directory_dsn, cell_dsn) as (directory, database):
        begun = _unfinished(directory, cell)
        _build(directory, database, begun[0] if begun else _next_number(directory, cell))


def count_ready(directory_dsn: str, cell: str) -> int:
    """Return how many spare schemas of a cell are ready."""
    with psycopg.connect(directory_dsn, autocommit=True) as directory:
        return _count_ready(directory, cell)


@contextmanager
def _opened(
    directory_dsn: str, cell_dsn: str
) -> Iterator[tuple[psycopg.Connection, psycopg.Connection]]:
    """Open both databases, as the only one who builds: two would finish each other's schemas."""
    with (
        psycopg.connect(directory_dsn, autocommit=True) as directory,
        psycopg.connect(cell_dsn, autocommit=True) as database,
    ):
        directory.execute("SELECT pg_advisory_lock(%s)", [ONE_BUILDS])
        yield directory, database


def _unfinished(directory: psycopg.Connection, cell: str) -> list[int]:
    rows = directory.execute(
        "SELECT number FROM directory.schema_number WHERE cell = %s AND state = 'building'", [cell]
    ).fetchall()
    return [row[0] for row in rows]


def _count_ready(directory: psycopg.Connection, cell: str) -> int:
    row = directory.execute(
        "SELECT count(*) FROM directory.schema_number WHERE cell = %s AND state = 'spare'", [cell]
    ).fetchone()
    return int(row[0]) if row else 0


def _next_number(directory: psycopg.Connection, cell: str) -> int:
    row = directory.execute(
        "INSERT INTO directory.schema_number (number, cell, state)"
        " VALUES (nextval('directory.schema_numbers'), %s, 'building') RETURNING number",
        [cell],
    ).fetchone()
    assert row is not None  # noqa: S101 - INSERT ... RETURNING gives one row
    return int(row[0])


def _build(directory: psycopg.Connection, database: psycopg.Connection, number: int) -> None:
    schema = schema_name(number)
    roles.create_shop_role(database, schema)
    with database.transaction():
        database.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(schema)))
        database.execute(
            sql.SQL("CREATE SCHEMA {} AUTHORIZATION galleria_owner").format(sql.Identifier(schema))
        )
        database.execute(
            sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(
                sql.Identifier(schema), sql.Identifier(schema)
            )
        )
        database.execute(migrations.shop_script(schema, migrations.revisions("tenant")))
    directory.execute(
        "UPDATE directory.schema_number SET state = 'spare' WHERE number = %s", [number]
    )

"""A shop as files: every table of its schema and its rows in `platform` and `directory`.

COPY over the known tables, of each database in one snapshot (docs/tenancy.md, section 6). Run with
a superuser's address: no role of the application reads all of this.
"""

import hashlib
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
from psycopg import IsolationLevel, sql

from app.foundation.database import DIRECTORY, db
from tenants.bootstrap import DatabaseServer
from tenants.resolution import ShopRecord

KEYS = frozenset({"shop_key", "directory_key", "person_key", "sealing_key"})
"""Keys stay at home: an archive must not open what it carries sealed."""


@dataclass(frozen=True, slots=True)
class TableFile:
    """A table in the archive: its file, how many rows, and the SHA-256 of its bytes."""

    name: str
    rows: int
    sha256: str


def write_tables(
    server: DatabaseServer, shop: ShopRecord, archive: zipfile.ZipFile
) -> list[TableFile]:
    """Write each table as CSV with a header; sealed columns as they are, in hexadecimal."""
    schema = sql.Literal(shop.schema)
    with _snapshot(server.superuser_dsn(shop.cell)) as cell:
        written = [
            _copy(cell, archive, f"shop/{name}.csv", sql.SQL("SELECT * FROM {}.{}").format(
                sql.Identifier(shop.schema), sql.Identifier(name)))
            for name in _tables("shop") if name not in KEYS
        ]  # fmt: skip
        written += [
            _copy(cell, archive, f"platform/{name}.csv", sql.SQL(
                "SELECT * FROM platform.{} WHERE shop = {}").format(sql.Identifier(name), schema))
            for name in _tables("platform", "shop") if name not in KEYS
        ]  # fmt: skip
    shop_id = sql.Literal(str(shop.id))
    with _snapshot(server.superuser_dsn(DIRECTORY)) as directory:
        written += [
            _copy(directory, archive, f"directory/{name}.csv", sql.SQL(
                "SELECT * FROM directory.{} WHERE {} = {}").format(
                    sql.Identifier(name), sql.Identifier(column), shop_id))
            for name, column in [("shop", "id"), ("host", "shop_id"), ("membership", "shop_id")]
        ]  # fmt: skip
    return written


def _snapshot(dsn: str) -> psycopg.Connection:
    connection = psycopg.connect(dsn)
    connection.isolation_level = IsolationLevel.REPEATABLE_READ
    connection.read_only = True
    return connection


def _tables(kind: str, column: str = "") -> list[str]:
    return sorted(
        table.name
        for table in db.metadatas[kind].tables.values()
        if not column or column in table.columns
    )


def _copy(
    connection: psycopg.Connection, archive: zipfile.ZipFile, name: str, query: sql.Composed
) -> TableFile:
    digest, command = hashlib.sha256(), sql.SQL("COPY ({}) TO STDOUT (FORMAT csv, HEADER)")
    with connection.cursor() as cursor, archive.open(name, "w") as file:
        for chunk in _chunks(cursor, command.format(query)):
            digest.update(chunk)
            file.write(chunk)
        rows = cursor.rowcount
    return TableFile(name, max(0, rows), digest.hexdigest())


def _chunks(cursor: psycopg.Cursor, command: sql.Composed) -> Iterator[bytes]:
    with cursor.copy(command) as copy:
        for chunk in copy:
            yield bytes(chunk)

"""Engines, and the one place that says what each transaction may touch.

One engine for each database of a process, shared by all its faces. Every transaction begins with
the message of docs/tenancy.md: BEGIN, the search path, the role, and the database's time. Without
a scope nothing is sent at all.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, ClassVar
from uuid import UUID

import psycopg
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import BigInteger, Connection, Engine, MetaData, create_engine
from sqlalchemy.dialects import registry as dialects
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.orm import DeclarativeBase, registry
from sqlalchemy.pool import PoolProxiedConnection

from app.foundation.configuration import Configuration

DIRECTORY = "directory"
SHOP_SCHEMA = re.compile(r"t_[0-9]{5,}")
PLATFORM_ROLES = frozenset(
    {"platform_jobs", "platform_reader", "platform_operator", "directory_app", "audit_sealer"}
)
_NAMING = {
    "ix": "%(table_name)s_%(column_0_N_name)s_index",
    "uq": "%(table_name)s_%(column_0_N_name)s_unique",
    "ck": "%(table_name)s_%(constraint_name)s_check",
    "fk": "%(table_name)s_%(column_0_N_name)s_reference",
    "pk": "%(table_name)s_primary",
}
RECYCLE_SECONDS = 15 * 60
_NEXT_SCOPE = "next_scope"


@dataclass(frozen=True, slots=True)
class ShopScope:
    """Which shop a transaction belongs to: the cell it is in and the schema it may touch.

    `currency` is the shop's own; it is part of the scope because no amount means anything without.
    """

    shop_id: UUID
    cell: str
    schema: str
    currency: str = "EUR"

    @property
    def database(self) -> str:
        """The name of the database that holds the shop."""
        return self.cell

    @property
    def role(self) -> str:
        """The role that the shop's transactions run as."""
        return self.schema

    def binding(self) -> bytes:
        """Return what is sent at the start. Raises ValueError for a name that is no shop's."""
        if not SHOP_SCHEMA.fullmatch(self.schema):
            raise ValueError(f"not a shop's schema: {self.schema!r}")
        return _binding(f"{self.schema}, extensions", self.schema)


@dataclass(frozen=True, slots=True)
class PlatformScope:
    """The platform's own work: in the directory, or over all shops of one cell."""

    database: str
    role: str

    def binding(self) -> bytes:
        """Return what is sent at the start. Raises ValueError for a role that is not listed."""
        if self.role not in PLATFORM_ROLES:
            raise ValueError(f"not a role of the platform: {self.role!r}")
        return _binding("extensions", self.role)


Scope = ShopScope | PlatformScope


def directory_scope() -> PlatformScope:
    """Return the scope of the directory's own tables."""
    return PlatformScope(DIRECTORY, "directory_app")


@lru_cache(maxsize=4096)
def _binding(path: str, role: str) -> bytes:
    return (f"BEGIN; SET LOCAL search_path = {path}; SET LOCAL ROLE {role}; SELECT now()").encode()


class ExtendedCursor(psycopg.Cursor[Any]):
    """Always uses the extended protocol, in which a second statement cannot be smuggled in.

    psycopg would use the simple protocol for a query without parameters. The method is private:
    psycopg is pinned, and tests/integration/tenancy/test_attacks.py proves that it still works.
    """

    def _execute_send(
        self, query: Any, *, force_extended: bool = False, binary: bool | None = None
    ) -> None:
        del force_extended
        super()._execute_send(query, force_extended=True, binary=binary)


class _Base(DeclarativeBase):
    """The root of all tables; each kind of schema has its own metadata below it."""

    metadata = MetaData(naming_convention=_NAMING)
    registry = registry(type_annotation_map={int: BigInteger})
    """Amounts of money are larger than 32 bits; the columns themselves say what they hold."""


class Database(SQLAlchemy):
    """Flask-SQLAlchemy that hands every face the process's own engines instead of new ones."""

    engines_of_process: ClassVar[dict[str, Engine]] = {}

    def _make_engine(self, bind_key: str | None, options: dict[str, Any], app: Flask) -> Engine:
        del options, app
        return engine_for(DIRECTORY if bind_key in (None, "directory") else _any_cell())


db = Database(model_class=_Base, disable_autonaming=True)
for _kind in ("directory", "platform", "shop"):
    db.metadatas[_kind] = MetaData(
        naming_convention=_NAMING, schema=None if _kind == "shop" else _kind
    )


class DirectoryTable(db.Model):  # type: ignore[name-defined,misc]
    """A table of the whole marketplace, in the schema `directory`."""

    __abstract__ = True
    __bind_key__ = "directory"


class PlatformTable(db.Model):  # type: ignore[name-defined,misc]
    """A table that stands in the schema `platform` of every cell, fenced by row policies."""

    __abstract__ = True
    __bind_key__ = "platform"


class ShopTable(db.Model):  # type: ignore[name-defined,misc]
    """A table that every shop has in its own schema; it never names one."""

    __abstract__ = True
    __bind_key__ = "shop"


def open_engines(configuration: Configuration) -> None:
    """Make this process's engines, one for the directory, one for each cell; close earlier ones."""
    close_engines()
    urls = {DIRECTORY: configuration.directory_database_url, **configuration.cell_database_urls}
    opened: dict[str, Engine] = {}
    for name, url in urls.items():
        twin = next((other for other in opened if urls[other] == url), None)
        opened[name] = opened[twin] if twin else _make_pool(url, configuration)
    Database.engines_of_process = opened


def close_engines() -> None:
    """Close every pooled connection, at the end of a process or before a fork."""
    for engine in Database.engines_of_process.values():
        engine.dispose()


def engine_for(database: str) -> Engine:
    """Return the engine of a database by name. Raises LookupError where there is none."""
    return Database.engines_of_process[database]


def cell_names() -> list[str]:
    """Return the names of the cells that this process can reach."""
    return [name for name in Database.engines_of_process if name != DIRECTORY]


def _any_cell() -> str:
    return cell_names()[0]


class BindingDialect(PGDialect_psycopg):
    """PostgreSQL through psycopg, in which every transaction begins by being bound to a scope.

    Listening to SQLAlchemy's event "begin" would do the same, and slow down every statement.
    """

    supports_statement_cache = True

    def do_begin(self, dbapi_connection: PoolProxiedConnection) -> None:
        """Begin and bind. Raises LookupError where there is no scope: there is no default schema."""
        bind_transaction(dbapi_connection)


dialects.register("postgresql.galleria", __name__, "BindingDialect")


def _make_pool(url: str, configuration: Configuration) -> Engine:
    return create_engine(
        url.replace("postgresql://", "postgresql+galleria://", 1),
        isolation_level="AUTOCOMMIT",
        pool_size=configuration.pool_size,
        max_overflow=0,
        pool_timeout=configuration.pool_wait_seconds,
        pool_recycle=RECYCLE_SECONDS,
        pool_pre_ping=False,
        pool_use_lifo=True,
        use_native_hstore=False,
        hide_parameters=True,
        connect_args=_connect_arguments(configuration.process_name),
    )


def _connect_arguments(process_name: str) -> Mapping[str, Any]:
    return {
        "prepare_threshold": None,
        "cursor_factory": ExtendedCursor,
        "application_name": f"galleria {process_name}",
        "connect_timeout": 5,
        "options": "-c timezone=UTC -c statement_timeout=20s -c lock_timeout=8s"
        " -c idle_in_transaction_session_timeout=30s"
        # Our statements take milliseconds: starting helpers or compiling costs more than it saves.
        " -c max_parallel_workers_per_gather=0 -c jit=off",
    }


def begin_in_scope(connection: Connection, scope: Scope) -> None:
    """Begin a transaction of a connection, bound to `scope`, which holds for this one alone."""
    info = connection.info
    info[_NEXT_SCOPE] = scope
    try:
        connection.begin()
    finally:
        info.pop(_NEXT_SCOPE, None)


def bind_transaction(connection: PoolProxiedConnection) -> None:
    """Begin a transaction and bind it to its scope, in one message; keep the database's time.

    Raises LookupError where the connection has no scope: there is no default schema.
    """
    scope: Scope | None = connection.info.pop(_NEXT_SCOPE, None)
    if scope is None:
        raise LookupError("no shop in context: open a unit_of_work with its scope")
    message = scope.binding()
    connection.info["scope"] = scope
    driver_connection: Any = connection.driver_connection
    with psycopg.Cursor(driver_connection) as cursor:  # the one plain cursor
        cursor.execute(message)
        while cursor.nextset():
            pass
        row = cursor.fetchone()
    connection.info["began_at"] = row[0] if row else None


def began_at(connection: Connection) -> datetime:
    """Return the database's time at the beginning of the connection's transaction."""
    began: datetime = connection.info["began_at"]
    return began

"""Make a server ready: roles, schemas, extensions, hardening, the first migrations, spare schemas.

Run as a superuser, at each release; everything in it may be repeated.
"""

from dataclasses import dataclass

import psycopg
from psycopg import sql

from app.foundation.database import DIRECTORY
from tenants import hardening, migrations, roles
from tenants.builder import create_builder
from tenants.spares import build_spares

EXTENSIONS = ("pg_trgm", "unaccent", "btree_gin", "citext")


@dataclass(frozen=True, slots=True)
class DatabaseServer:
    """Where the databases are: a superuser's address for each, by name."""

    directory: str
    cells: dict[str, str]

    def superuser_dsn(self, database: str) -> str:
        """Return the superuser's address of a database by name."""
        return self.directory if database == DIRECTORY else self.cells[database]

    def login_dsn(self, group: str, database: str, secret: str) -> str:
        """Return the address with which a group of processes signs in to a database."""
        login = roles.login_name(group, database)
        facts = psycopg.conninfo.conninfo_to_dict(self.superuser_dsn(database))
        password = roles.login_password(secret, login)
        host, port = facts.get("host", "127.0.0.1"), facts.get("port", 5432)
        return f"postgresql://{login}:{password}@{host}:{port}/{facts['dbname']}"


def create_database(superuser_dsn: str, name: str) -> str:
    """Create a database on a server unless it is there; return its superuser address."""
    with psycopg.connect(superuser_dsn, autocommit=True) as connection:
        query = "SELECT datname FROM pg_database WHERE datname = %s"
        if connection.execute(query, [name]).fetchone() is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    facts = psycopg.conninfo.conninfo_to_dict(superuser_dsn)
    return f"postgresql://{facts['user']}:{facts.get('password', '')}@{facts['host']}:{facts['port']}/{name}"


def prepare(
    server: DatabaseServer, *, password_secret: str, spares: int = 5, migrate_shops: bool = True
) -> None:
    """Bring the directory and every cell to the current release, and build spare schemas.

    Raises RuntimeError where a hardening measure has no effect.
    """
    _prepare_database(server.directory, DIRECTORY, password_secret, ("directory",))
    for cell, dsn in server.cells.items():
        _prepare_database(dsn, cell, password_secret, ("platform",))
        _register_cell(server.directory, cell)
        if migrate_shops:
            _migrate_all(dsn)
        build_spares(server.directory, dsn, cell=cell, wanted=spares)


def _migrate_all(dsn: str) -> None:
    """Bring every shop of a cell forward. Raises RuntimeError naming the shops that are behind."""
    *_, (_, _, stragglers) = migrations.migrate_shops(dsn)
    if stragglers:
        raise RuntimeError("these shops are behind: " + ", ".join(s.schema for s in stragglers))


def _prepare_database(dsn: str, database: str, secret: str, lines: tuple[str, ...]) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        roles.create_groups(connection)
        _create_schemas(connection, lines)
        hardening.harden(connection)
        for line in lines:
            migrations.migrate_line(connection, line)
        roles.create_logins(connection, database, secret)
        create_builder(connection, database, secret)


def _create_schemas(connection: psycopg.Connection, lines: tuple[str, ...]) -> None:
    database = sql.Identifier(connection.info.dbname)
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
    connection.execute(sql.SQL("GRANT CREATE ON DATABASE {} TO galleria_owner").format(database))
    connection.execute("CREATE SCHEMA IF NOT EXISTS extensions")
    for extension in EXTENSIONS:
        connection.execute(
            sql.SQL("CREATE EXTENSION IF NOT EXISTS {} SCHEMA extensions").format(
                sql.Identifier(extension)
            )
        )
    connection.execute(
        "GRANT USAGE ON SCHEMA extensions TO shop, directory_app, platform_jobs, platform_reader,"
        " platform_operator, audit_sealer, galleria_owner"
    )
    for line in lines:
        connection.execute(
            sql.SQL("CREATE SCHEMA IF NOT EXISTS {} AUTHORIZATION galleria_owner").format(
                sql.Identifier(line)
            )
        )


def _register_cell(directory_dsn: str, cell: str) -> None:
    with psycopg.connect(directory_dsn, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO directory.cell (name) VALUES (%s) ON CONFLICT DO NOTHING", [cell]
        )

"""Migrations: written once with Alembic, compiled once to SQL, applied to every schema.

Three lines (migrations/README.md). A shop's migration is one transaction: the DDL and the note
that it is done. Never reflection or autogenerate for each shop (docs/tenancy.md, section 5).
"""

import importlib.util
import io
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import ModuleType

import psycopg
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg import sql
from sqlalchemy import Dialect
from sqlalchemy.dialects import postgresql

FOLDER = Path(__file__).resolve().parent.parent / "migrations"
LINES = ("directory", "platform", "tenant")
LOCK_TIMEOUT = "500ms"
STATEMENT_TIMEOUT = "60s"
MOST_ATTEMPTS = 20
_DIALECT: Dialect = postgresql.dialect(paramstyle="named")  # type: ignore[no-untyped-call]
"""Named parameters, so that a percent sign in a function's text stays one."""


@dataclass(frozen=True, slots=True)
class Revision:
    """One step of a line, as SQL without schema names."""

    name: str
    sql: str


@dataclass(frozen=True, slots=True)
class Straggler:
    """A shop whose migration did not succeed, and why."""

    schema: str
    revision: str
    error: str


@lru_cache(maxsize=len(LINES))
def revisions(line: str) -> tuple[Revision, ...]:
    """Return a line's revisions from first to last, compiled to SQL."""
    script = ScriptDirectory(str(FOLDER / line))
    steps = list(script.walk_revisions("base", "heads"))
    return tuple(Revision(step.revision, _compile(Path(step.path))) for step in reversed(steps))


def head(line: str) -> str:
    """Return the last revision of a line."""
    return revisions(line)[-1].name


def pending(line: str, current: str) -> tuple[Revision, ...]:
    """Return the revisions after `current` (empty for none yet)."""
    steps = revisions(line)
    names = [step.name for step in steps]
    return steps[names.index(current) + 1 if current else 0 :]


def _compile(path: Path) -> str:
    buffer = io.StringIO()
    context = MigrationContext.configure(
        dialect=_DIALECT,
        opts={"as_sql": True, "output_buffer": buffer, "transactional_ddl": False},
    )
    with Operations.context(context):
        _load(path).upgrade()
    return buffer.getvalue()


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"migration_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise ImportError(str(path))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def migrate_line(connection: psycopg.Connection, line: str) -> list[str]:
    """Bring the directory's or the platform's schema to its head; return the revisions applied."""
    connection.execute(
        sql.SQL("CREATE TABLE IF NOT EXISTS {}.{} (revision text PRIMARY KEY)").format(
            sql.Identifier(line), sql.Identifier(f"{line}_revision")
        )
    )
    table = sql.Identifier(line, f"{line}_revision")
    done = connection.execute(sql.SQL("SELECT revision FROM {}").format(table)).fetchone()
    applied = []
    for step in pending(line, done[0] if done else ""):
        with connection.transaction():
            connection.execute("SET LOCAL ROLE galleria_owner")
            connection.execute(
                sql.SQL("SET LOCAL search_path = {}, extensions").format(sql.Identifier(line))
            )
            connection.execute(step.sql.encode())
            connection.execute("RESET ROLE")
            connection.execute(sql.SQL("DELETE FROM {}").format(table))
            connection.execute(sql.SQL("INSERT INTO {} VALUES (%s)").format(table), [step.name])
        applied.append(step.name)
    return applied


def shop_script(schema: str, steps: tuple[Revision, ...]) -> bytes:
    """Return the SQL that brings one shop's schema forward, for a transaction of its own."""
    if not re.fullmatch(r"t_[0-9]{5,}", schema):
        raise ValueError(schema)
    body = "\n".join(step.sql for step in steps)
    return (
        f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'; SET LOCAL statement_timeout = '{STATEMENT_TIMEOUT}';"
        f" SET LOCAL ROLE galleria_owner; SET LOCAL search_path = {schema}, extensions;\n{body}\n"
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {schema};"
        f" RESET ROLE;"
        f" INSERT INTO platform.shop_migration (shop, revision, status, finished_at)"
        f" VALUES ('{schema}', '{steps[-1].name}', 'done', clock_timestamp())"
        f" ON CONFLICT (shop) DO UPDATE SET revision = excluded.revision, status = 'done',"
        f" last_error = '', finished_at = excluded.finished_at;"
    ).encode()


def migrate_shops(dsn: str, *, workers: int = 2) -> Iterator[tuple[int, int, list[Straggler]]]:
    """Bring every shop of a cell to the head; yields (done, of, stragglers) as it goes.

    Resumable: what is done is noted in the shop's own transaction, the rest is taken again.
    """
    waiting = _waiting(dsn)
    stragglers: list[Straggler] = []
    with ThreadPoolExecutor(max_workers=workers) as pool:
        batches = [waiting[i::workers] for i in range(workers)]
        futures = [pool.submit(_migrate_batch, dsn, batch) for batch in batches if batch]
        for future in as_completed(futures):
            stragglers += future.result()
            yield len(waiting) - len(stragglers), len(waiting), stragglers
        if not futures:
            yield 0, 0, []


def _waiting(dsn: str) -> list[tuple[str, str]]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        rows = connection.execute(
            "SELECT shop, revision FROM platform.shop_migration WHERE revision <> %s ORDER BY shop",
            [head("tenant")],
        ).fetchall()
    return [(row[0], row[1]) for row in rows]


def _migrate_batch(dsn: str, shops: list[tuple[str, str]]) -> list[Straggler]:
    stragglers = []
    with psycopg.connect(dsn, autocommit=True) as connection:
        for schema, current in shops:
            error = _migrate_shop(connection, schema, current)
            if error:
                stragglers.append(Straggler(schema, current, error))
    return stragglers


def _migrate_shop(connection: psycopg.Connection, schema: str, current: str) -> str:
    """Migrate one shop; again after a lock time-out; return the last error, empty when done."""
    error = ""
    for _ in range(MOST_ATTEMPTS):
        try:
            with connection.transaction():
                connection.execute(shop_script(schema, pending("tenant", current)))
        except psycopg.errors.LockNotAvailable as locked:
            error = str(locked)
            _note_failure(connection, schema, error)
        except psycopg.Error as failure:
            error = str(failure)
            _note_failure(connection, schema, error)
            return error
        else:
            return ""
    return error


def _note_failure(connection: psycopg.Connection, schema: str, error: str) -> None:
    connection.execute(
        "UPDATE platform.shop_migration SET attempts = attempts + 1, status = 'failed',"
        " last_error = %s WHERE shop = %s",
        [error[:500], schema],
    )

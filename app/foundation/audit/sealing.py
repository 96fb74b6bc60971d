"""The sealer: chains what was written, in the order of transactions that are all over.

A row carries the id of its transaction. Below the snapshot's xmin every transaction has ended, so
whatever is there is there for good, and the sealer goes on behind the last id that it chained
(docs/log.md).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.foundation.audit.chain import (
    ROW_TEXT,
    START,
    Entry,
    Head,
    LogTables,
    hash_entry,
    hash_row,
    microseconds,
    tables_of,
)
from app.foundation.database import DIRECTORY, PlatformScope
from app.foundation.unit_of_work import UnitOfWork

BATCH = 5000
_LOCK = 0x47A11E
"""The first half of the advisory lock's key; the second tells directory and cell apart."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """What a turn did: rows chained, and whether more are ready at once."""

    rows: int
    has_more: bool


def sealer_scope(database: str) -> PlatformScope:
    """Return the scope in which the log of a database is chained."""
    return PlatformScope(database, "audit_sealer")


def seal(unit: UnitOfWork, *, limit: int = BATCH) -> Sealed:
    """Chain what is ready, at least whole transactions; in the sealer's scope.

    Where another sealer is at it in this database, nothing is done.
    """
    database = unit.scope.database
    if not _take_turn(unit, database):
        return Sealed(0, has_more=False)
    tables = tables_of(database)
    rows = _list_ready(unit, tables, limit)
    entries = _link(rows, _find_heads(unit, tables, {row.shop for row in rows}), unit.now)
    for start in range(0, len(entries), BATCH):
        _write(unit, tables, entries[start : start + BATCH])
    return Sealed(len(entries), has_more=len(rows) >= limit)


def _take_turn(unit: UnitOfWork, database: str) -> bool:
    """Whether this is the one sealer of the database now; the lock ends with the transaction."""
    which = 0 if database == DIRECTORY else 1
    taken: bool = unit.session.execute(
        text("SELECT pg_try_advisory_xact_lock(:lock, :which)"), {"lock": _LOCK, "which": which}
    ).scalar_one()
    return taken


def _list_ready(unit: UnitOfWork, tables: LogTables, limit: int) -> list[Any]:
    """Return rows behind the last that is chained and below the oldest transaction under way.

    The horizon is read in a statement of its own: the next one's snapshot sees all below it.
    """
    bounds = unit.session.execute(
        text(
            "SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS horizon,"
            f" coalesce((SELECT xact FROM {tables.chain} ORDER BY xact DESC LIMIT 1), '0')::text AS done"
        )
    ).one()
    limits = {"done": bounds.done, "horizon": bounds.horizon}
    ready = f"FROM {tables.log} a WHERE a.xact > CAST(:done AS xid8) AND a.xact < CAST(:horizon AS xid8)"
    cut = unit.session.execute(
        text(f"SELECT a.xact::text {ready} ORDER BY a.xact OFFSET :skip LIMIT 1"),
        {**limits, "skip": limit - 1},
    ).scalar_one_or_none()
    until = " AND a.xact <= CAST(:cut AS xid8)" if cut else ""
    return list(
        unit.session.execute(
            text(
                f"SELECT a.shop, a.id, a.xact::text AS xact, a.kind, {ROW_TEXT} AS row_text {ready}{until}"
                " ORDER BY a.xact, a.id"
            ),
            {**limits, "cut": cut} if cut else limits,
        )
    )


def _find_heads(
    unit: UnitOfWork, tables: LogTables, chains: Iterable[str]
) -> dict[str, tuple[int, bytes]]:
    rows = unit.session.execute(
        text(
            "SELECT wanted.chain, last.position, last.hash FROM unnest(CAST(:chains AS text[]))"
            f" AS wanted (chain), LATERAL (SELECT position, hash FROM {tables.chain} c"
            ' WHERE c.chain = wanted.chain COLLATE "C" ORDER BY position DESC LIMIT 1) last'
        ),
        {"chains": sorted(chains)},
    )
    return {row.chain: (row.position, bytes(row.hash)) for row in rows}


def _link(
    rows: list[Any], heads: dict[str, tuple[int, bytes]], now: datetime
) -> list[tuple[Entry, bytes]]:
    """Return the entries of each chain, its rows in the order of their transactions and ids."""
    linked = []
    for chain, of_chain in groupby(
        sorted(rows, key=lambda row: row.shop), key=lambda row: row.shop
    ):
        position, last = heads.get(chain, (0, START))
        for row in of_chain:
            position += 1
            row_hash = hash_row(row.row_text)
            entry = Entry(
                chain, position, row.id.bytes, int(row.xact), row.kind, microseconds(now), row_hash
            )
            last = hash_entry(last, entry)
            linked.append((entry, last))
    return linked


def _write(unit: UnitOfWork, tables: LogTables, entries: list[tuple[Entry, bytes]]) -> None:
    unit.session.execute(
        text(
            f"INSERT INTO {tables.chain} (chain, position, audit_id, xact, kind, sealed_at, row_hash, hash)"
            " SELECT chain, position, audit_id, xact::xid8, kind, :now, row_hash, hash FROM unnest("
            "CAST(:chains AS text[]), CAST(:positions AS bigint[]), CAST(:ids AS uuid[]),"
            " CAST(:xacts AS text[]), CAST(:kinds AS text[]), CAST(:rows AS bytea[]),"
            " CAST(:hashes AS bytea[])) AS e (chain, position, audit_id, xact, kind, row_hash, hash)"
        ),
        {
            "now": unit.now,
            "chains": [entry.chain for entry, _ in entries],
            "positions": [entry.position for entry, _ in entries],
            "ids": [UUID(bytes=entry.audit_id) for entry, _ in entries],
            "xacts": [str(entry.xact) for entry, _ in entries],
            "kinds": [entry.kind for entry, _ in entries],
            "rows": [entry.row_hash for entry, _ in entries],
            "hashes": [hashed for _, hashed in entries],
        },
    )


def forget_expired(unit: UnitOfWork, *, limit: int = BATCH) -> int:
    """Remove rows whose time is over, in the sealer's scope; their hashes stay in the chain."""
    gone: int = unit.session.execute(
        text(f"SELECT {tables_of(unit.scope.database).forget}(:most)"), {"most": limit}
    ).scalar_one()
    return gone


def list_heads(unit: UnitOfWork) -> list[Head]:
    """Return how far each chain of the database in scope has come; a step for each chain."""
    tables, database = tables_of(unit.scope.database), unit.scope.database
    rows = unit.session.execute(
        text(
            f"WITH RECURSIVE named AS ((SELECT chain FROM {tables.chain} ORDER BY chain LIMIT 1)"
            f" UNION ALL SELECT (SELECT c.chain FROM {tables.chain} c WHERE c.chain > named.chain"
            " ORDER BY c.chain LIMIT 1) FROM named WHERE named.chain IS NOT NULL)"
            " SELECT named.chain, last.position, last.hash FROM named, LATERAL"
            f" (SELECT c.position, c.hash FROM {tables.chain} c WHERE c.chain = named.chain"
            " ORDER BY c.position DESC LIMIT 1) last"
        )
    )
    return [Head(database, row.chain, row.position, bytes(row.hash)) for row in rows]


def list_lost(unit: UnitOfWork, heads: Iterable[Head]) -> list[Head]:
    """Return those of `heads` that do not stand in this database's chains as they were signed."""
    database = unit.scope.database
    signed = [head for head in heads if head.database == database]
    rows = unit.session.execute(
        text(
            "SELECT signed.chain, signed.position FROM unnest(CAST(:chains AS text[]),"
            " CAST(:positions AS bigint[]), CAST(:hashes AS bytea[])) AS signed (chain, position, hash)"
            f' JOIN {tables_of(database).chain} c ON c.chain = signed.chain COLLATE "C"'
            " AND c.position = signed.position AND c.hash = signed.hash"
        ),
        {
            "chains": [head.chain for head in signed],
            "positions": [head.position for head in signed],
            "hashes": [head.hash for head in signed],
        },
    )
    standing = {(row.chain, row.position) for row in rows}
    return [head for head in signed if (head.chain, head.position) not in standing]


def find_oldest_unsealed(unit: UnitOfWork) -> datetime | None:
    """Return when the oldest row was written that is not chained yet, or None."""
    tables = tables_of(unit.scope.database)
    oldest: datetime | None = unit.session.execute(
        text(
            f"SELECT min(recorded_at) FROM {tables.log} WHERE xact > coalesce("
            f"(SELECT xact FROM {tables.chain} ORDER BY xact DESC LIMIT 1), '0')"
        )
    ).scalar_one()
    return oldest

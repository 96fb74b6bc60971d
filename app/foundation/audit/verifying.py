"""Verifying a log against its chain, and the chain against the checkpoints outside.

The chain alone shows edits, removals and insertions. Whoever may write everywhere can compute it
again from any point: only a checkpoint kept elsewhere shows that, and a tail that was cut off.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from app.foundation.audit.chain import (
    ROW_TEXT,
    START,
    Entry,
    LogTables,
    hash_entry,
    hash_row,
    microseconds,
    tables_of,
)
from app.foundation.audit.rules import RETENTION

PAGE = 20_000
WHILE_WE_LOOK = timedelta(hours=1)
"""Rows whose time ends while the chains are read may go meanwhile, and are no fault."""
Claims = Mapping[str, Mapping[int, bytes]]
"""What checkpoints say of a database: by chain, the hash at a position."""


class Fault(StrEnum):
    """What can be wrong, each with its meaning."""

    EDITED = "edited"
    """A row is not what was sealed."""
    REMOVED = "removed"
    """A row or an entry is gone before its time."""
    INSERTED = "inserted"
    """A row was put in among those that are sealed already."""
    REORDERED = "reordered"
    """An entry does not follow the one before it, nor in the order of transactions."""
    ALTERED = "altered"
    """An entry of the chain is not what its hash says."""
    RECOMPUTED = "recomputed"
    """The chain holds in itself, but is not the one of a checkpoint."""
    CUT = "cut"
    """The chain ends before a place that a checkpoint has seen."""
    UNSIGNED = "unsigned"
    """A checkpoint is missing, changed, or not signed by a known key."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault: in which database and chain, at which position, of which row."""

    fault: Fault
    database: str
    chain: str
    position: int
    audit_id: str = ""


@dataclass(slots=True)
class Report:
    """What the verification of one database found, and what is not sealed yet."""

    database: str
    findings: list[Finding] = field(default_factory=list)
    entries: int = 0
    expired: int = 0
    unsealed: int = 0
    unsealed_since: datetime | None = None

    def note(self, fault: Fault, chain: str, position: int, audit_id: str = "") -> None:
        """Add a finding."""
        self.findings.append(Finding(fault, self.database, chain, position, audit_id))


def verify(
    connection: Connection,
    *,
    database: str,
    now: datetime,
    claims: Claims | None = None,
    chains: Sequence[str] | None = None,
) -> Report:
    """Verify the chains of a database (only `chains`, where named) as of `now`.

    `connection` is bound to a role that reads log and chain; it is only read. `claims` are what the
    checkpoints outside say; without them a chain that was computed again is not found.
    """
    report, tables = Report(database), tables_of(database)
    claimed = {
        chain: of_chain
        for chain, of_chain in (claims or {}).items()
        if chains is None or chain in chains
    }
    walk = _Walk(report, claimed, now)
    for row in _list_entries(connection, tables, chains):
        walk.step(row)
    walk.finish()
    _look_at_unchained(connection, tables, report, chains)
    return report


def _list_entries(
    connection: Connection, tables: LogTables, chains: Sequence[str] | None
) -> Iterator[Any]:
    """Yield entries with their rows, chain by chain; uuid and times as the hash takes them."""
    only = "" if chains is None else " AND c.chain = ANY(CAST(:chains AS text[]))"
    query = text(
        "SELECT c.chain, c.position, uuid_send(c.audit_id) AS audit_id, c.xact::text AS xact, c.kind,"
        " (extract(epoch FROM c.sealed_at) * 1000000)::bigint AS sealed_at, c.row_hash, c.hash,"
        f" CASE WHEN a.id IS NOT NULL THEN {ROW_TEXT} END AS row_text"
        f" FROM {tables.chain} c LEFT JOIN {tables.log} a ON a.shop = c.chain AND a.id = c.audit_id"
        f" WHERE (c.chain, c.position) > (CAST(:chain AS text), CAST(:position AS bigint)){only}"
        f" ORDER BY c.chain, c.position LIMIT {PAGE}"
    )
    wanted = {} if chains is None else {"chains": list(chains)}
    chain, position = "", 0
    while True:
        rows = connection.execute(query, {**wanted, "chain": chain, "position": position}).all()
        yield from rows
        if len(rows) < PAGE:
            return
        chain, position = rows[-1].chain, rows[-1].position


class _Walk:
    """Goes over the entries in order, and knows the one before."""

    def __init__(self, report: Report, claims: Claims, now: datetime) -> None:
        self._report = report
        self._claims = dict(claims)
        self._claimed: Mapping[int, bytes] = {}
        self._forgotten_before = {
            kind.value: microseconds(now + WHILE_WE_LOOK - kept) for kind, kept in RETENTION.items()
        }
        self._chain, self._position, self._hash = "", 0, START
        self._order: tuple[int, bytes] = (0, b"")

    def step(self, row: Any) -> None:
        """Look at one entry and its row."""
        chain, position, audit_id, xact_text, kind, sealed_at, row_hash, stored, row_text = row
        if chain != self._chain:
            self._begin(chain)
        self._report.entries += 1
        if position != self._position + 1:
            self._report.note(Fault.REMOVED, chain, self._position + 1)
        xact = int(xact_text)
        entry = Entry(chain, position, audit_id, xact, kind, sealed_at, row_hash)
        order = (xact, audit_id)
        if position == self._position + 1 and hash_entry(self._hash, entry) != stored:
            fault = Fault.ALTERED if order > self._order else Fault.REORDERED
            self._report.note(fault, chain, position, _id(audit_id))
        claimed = self._claimed.get(position)
        if claimed is not None and claimed != stored:
            self._report.note(Fault.RECOMPUTED, chain, position, _id(audit_id))
        self._compare_row(entry, row_text)
        self._position, self._hash, self._order = position, stored, order

    def _compare_row(self, entry: Entry, row_text: str | None) -> None:
        if row_text is None:
            if entry.sealed_at < self._forgotten_before.get(entry.kind, 0):
                self._report.expired += 1
                return
            self._note(Fault.REMOVED, entry)
        elif hash_row(row_text) != entry.row_hash:
            self._note(Fault.EDITED, entry)

    def _note(self, fault: Fault, entry: Entry) -> None:
        self._report.note(fault, entry.chain, entry.position, _id(entry.audit_id))

    def _begin(self, chain: str) -> None:
        self._end()
        self._chain, self._position, self._hash = chain, 0, START
        self._order = (0, b"")
        self._claimed = self._claims.pop(chain, {})

    def _end(self) -> None:
        if self._claimed and max(self._claimed) > self._position:
            self._report.note(Fault.CUT, self._chain, self._position + 1)

    def finish(self) -> None:
        """Look at the last chain's end, and at chains that are gone as a whole."""
        self._end()
        for chain, claimed in self._claims.items():
            if claimed:
                self._report.note(Fault.CUT, chain, 1)


def _id(audit_id: bytes) -> str:
    return str(UUID(bytes=bytes(audit_id)))


def _look_at_unchained(
    connection: Connection, tables: LogTables, report: Report, chains: Sequence[str] | None
) -> None:
    """Tell rows that wait for the sealer from rows that were put in behind its back.

    The sealer takes transactions in order, so that a row whose transaction is not newer than the
    newest that is chained came later than it says; and none can be newer than the database's next.
    """
    only = "" if chains is None else " AND a.shop = ANY(CAST(:chains AS text[]))"
    rows = connection.execute(
        text(
            "WITH newest AS MATERIALIZED"
            f" (SELECT coalesce((SELECT xact FROM {tables.chain} ORDER BY xact DESC LIMIT 1), '0')"
            "   AS xact, pg_snapshot_xmax(pg_current_snapshot()) AS next)"
            " SELECT a.shop, a.id, a.recorded_at,"
            " a.xact <= newest.xact OR a.xact >= newest.next AS is_inserted"
            f" FROM {tables.log} a CROSS JOIN newest"
            f" WHERE NOT EXISTS (SELECT FROM {tables.chain} c WHERE c.chain = a.shop"
            f" AND c.audit_id = a.id){only}"
        ),
        {} if chains is None else {"chains": list(chains)},
    )
    for row in rows:
        if row.is_inserted:
            report.note(Fault.INSERTED, row.shop, 0, str(row.id))
            continue
        report.unsealed += 1
        since = report.unsealed_since
        report.unsealed_since = row.recorded_at if since is None else min(since, row.recorded_at)

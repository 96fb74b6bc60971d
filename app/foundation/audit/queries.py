"""Reading the log: for the pages that show it, and for an export."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select, text

from app.foundation import models
from app.foundation.audit.chain import tables_of
from app.foundation.database import DIRECTORY
from app.foundation.unit_of_work import UnitOfWork

PAGE = 5_000
DIRECTORY_CHAIN = "directory_app"
PLATFORM_CHAINS = ("platform_jobs", "platform_operator")
"""The chains of what the platform itself writes in a cell."""
PERSON = r"^[0-9a-f]{8}-"
"""What the index over actors covers: people, not the system."""


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One row of the log, as a page shows it."""

    id: UUID
    chain: str
    actor: str
    action: str
    object_kind: str
    object_id: str
    kind: str
    before: dict[str, Any]
    after: dict[str, Any]
    fields: dict[str, Any]
    place: str
    network: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for; what is empty does not narrow. `older_than` is the last row seen."""

    actor: str = ""
    action: str = ""
    kind: str = ""
    object_id: str = ""
    place: str = ""
    since: datetime | None = None
    until: datetime | None = None
    older_than: UUID | None = None


def list_log(unit: UnitOfWork, *, search: Search, limit: int, chain: str = "") -> list[LogEntry]:
    """Return the rows that the scope may see, newest first; of one `chain`, where named."""
    table = _table(unit)
    if table is models.DirectoryAuditRow:
        chain = DIRECTORY_CHAIN
    return _list(unit, search, limit, [table.shop == chain] if chain else [])


def list_log_about_shop(
    unit: UnitOfWork, *, shop: str, search: Search, limit: int
) -> list[LogEntry]:
    """Return what the platform wrote about a shop: its id in the directory, its role in a cell.

    In the directory's scope, or a cell's reader's; what the shop wrote itself is not among it.
    """
    table = _table(unit)
    is_it = and_(table.object_kind == "shop", table.object_id == shop)
    if table is models.DirectoryAuditRow:
        speaks_of_it = and_(table.fields.has_key("shop"), table.fields["shop"].astext == shop)
        return _list(
            unit, search, limit, [or_(and_(table.shop == DIRECTORY_CHAIN, is_it), speaks_of_it)]
        )
    return _list(unit, search, limit, [is_it, table.shop.in_(PLATFORM_CHAINS)])


def list_log_of_person(
    unit: UnitOfWork, *, person_id: UUID, search: Search, limit: int
) -> list[LogEntry]:
    """Return what a person did, and in the directory also what was done to their account."""
    table = _table(unit)
    is_theirs: ColumnElement[bool] = and_(
        table.actor == str(person_id), table.actor.regexp_match(PERSON)
    )
    if table is models.DirectoryAuditRow:
        on_them = and_(
            table.shop == DIRECTORY_CHAIN,
            table.object_id == str(person_id),
            table.object_kind == "person",
        )
        is_theirs = or_(is_theirs, on_them)
    return _list(unit, search, limit, [is_theirs])


def _table(unit: UnitOfWork) -> Any:
    is_directory = unit.scope.database == DIRECTORY and unit.scope.role == "directory_app"
    return models.DirectoryAuditRow if is_directory else models.AuditRow


def _list(
    unit: UnitOfWork, search: Search, limit: int, conditions: list[ColumnElement[bool]]
) -> list[LogEntry]:
    table = _table(unit)
    rows: Sequence[Any] = unit.session.execute(
        select(
            table.id, table.shop, table.actor, table.action, table.object_kind, table.object_id,
            table.kind, table.before, table.after, table.fields, table.place, table.network,
            table.recorded_at,
        )
        .where(*conditions, *_narrow(table, search))
        .order_by(table.id.desc())
        .limit(limit)
    ).all()  # fmt: skip
    return [LogEntry(*row) for row in rows]


def _narrow(table: Any, search: Search) -> Iterator[ColumnElement[bool]]:
    for name in ("actor", "action", "kind", "object_id", "place"):
        wanted = getattr(search, name)
        if wanted:
            yield getattr(table, name) == wanted
    if search.since:
        yield table.recorded_at >= search.since
    if search.until:
        yield table.recorded_at < search.until
    if search.older_than:
        yield table.id < search.older_than


def merge(found: list[list[LogEntry]], *, limit: int) -> list[LogEntry]:
    """Return the newest of several lists that are each sorted and at least `limit` long or whole."""
    every = [entry for part in found for entry in part]
    return sorted(every, key=lambda entry: entry.id, reverse=True)[:limit]


def export_rows(unit: UnitOfWork, *, chain: str, since: datetime) -> Iterator[dict[str, Any]]:
    """Yield the rows of a chain with position and hashes, oldest first; expired ones as hashes."""
    tables, position = tables_of(unit.scope.database), 0
    query = text(
        "SELECT c.position, encode(c.row_hash, 'hex') AS row_hash, encode(c.hash, 'hex') AS hash,"
        " to_jsonb(a) AS row FROM"
        f" {tables.chain} c LEFT JOIN {tables.log} a ON a.shop = c.chain AND a.id = c.audit_id"
        " WHERE c.chain = :chain AND c.position > :position AND c.sealed_at >= :since"
        f" ORDER BY c.position LIMIT {PAGE}"
    )
    while True:
        facts = {"chain": chain, "position": position, "since": since}
        rows = unit.session.execute(query, facts).all()
        for row in rows:
            yield {"position": row.position, "row_hash": row.row_hash, "hash": row.hash,
                   "row": row.row}  # fmt: skip
        if len(rows) < PAGE:
            return
        position = rows[-1].position

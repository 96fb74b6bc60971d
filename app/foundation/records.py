"""What a transaction leaves behind: its events, their deliveries and its audit rows.

All are written with one statement, which is built once.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Insert

from app.foundation import models
from app.foundation.database import DIRECTORY, Scope
from app.foundation.events import Event, reactions, write_payload
from app.foundation.identifiers import new_id
from app.foundation.statements import insertion_of_list
from app.foundation.tracing import current_trace

_COLUMNS = {
    "events": ("id", "event", "payload", "trace", "recorded_at"),
    "deliveries": ("event_id", "reaction", "queue", "next_at"),
    "audit": ("id", "actor", "action", "object_kind", "object_id", "kind", "before", "after", "fields",
              "place", "network", "trace", "recorded_at"),
}  # fmt: skip
_OF_CELL = {
    "events": models.Outbox, "deliveries": models.OutboxDelivery, "audit": models.AuditRow,
}  # fmt: skip
_OF_DIRECTORY = {
    "events": models.DirectoryOutbox, "deliveries": models.DirectoryDelivery,
    "audit": models.DirectoryAuditRow,
}  # fmt: skip


def write_records(
    connection: Connection,
    scope: Scope,
    events: Sequence[Event],
    audit: Sequence[dict[str, Any]],
    now: datetime,
) -> None:
    """Write events with a delivery for each of their reactions, and audit rows of JSON values."""
    at = now.isoformat()
    rows = [(str(new_id()), event) for event in events]
    lists: dict[str, Sequence[dict[str, Any]]] = {
        "events": [
            {
                "id": event_id,
                "event": type(event).__name__,
                "payload": write_payload(event),
                "trace": current_trace(),
                "recorded_at": at,
            }
            for event_id, event in rows
        ],
        "deliveries": [
            {
                "event_id": event_id,
                "reaction": reaction.name,
                "queue": reaction.queue,
                "next_at": at,
            }
            for event_id, event in rows
            for reaction in reactions.to(event)
        ],
        "audit": audit,
    }
    filled = {name: written for name, written in lists.items() if written}
    if filled:
        connection.execute(_writing(scope.database == DIRECTORY, *filled), filled)


@cache
def _writing(is_directory: bool, *names: str) -> Insert:  # noqa: FBT001 - the cache's key
    """Return the statement that writes these lists; a role need not be allowed the others."""
    tables = _OF_DIRECTORY if is_directory else _OF_CELL
    first, *others = (
        insertion_of_list(tables[name], *_COLUMNS[name], parameter=name) for name in names
    )
    return first.add_cte(*(other.cte() for other in others))

"""Statements that are built once and sent again and again: building costs more than sending.

The databases' tables are named in them, never a shop: which shop is meant is bound with the
transaction.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Insert, Text, Uuid, bindparam, column, func, insert, select, update
from sqlalchemy.dialects.postgresql import JSONB

from app.foundation.identifiers import new_id


@cache
def insertion(table: Any) -> Insert:
    """Return the statement that inserts a row; its values are sent with it, by column."""
    return insert(table).inline()


def with_event(change: Any, table: Any, subject: str) -> Any:
    """Return a statement that writes an event's row beside what it changes, in one.

    `subject` is the column that names what it happened to; `event_row` has the values to send.
    """
    row: dict[str, Any] = {
        "id": bindparam("event_id"),
        subject: bindparam("event_of"),
        "event": bindparam("event_name"),
        "facts": bindparam("event_facts"),
        "happened_at": bindparam("event_at"),
    }
    return change.add_cte(insert(table).values(row).inline().cte("happened"))


@cache
def step_with_event(table: Any, events: Any, subject: str, state: str, *names: str) -> Any:
    """Return a statement that changes these columns of a row, and writes the event of what it moved.

    It moves the row `asked` that stands in the state `before`, and returns the event's id: nothing
    where there is no such row, and then no event is written either. `step_row` has the values.
    """
    which = table.id == bindparam("asked"), getattr(table, state) == bindparam("before")
    values: dict[str, Any] = {name: bindparam(f"to_{name}") for name in names}
    moved = update(table).where(*which).values(values).returning(table.id).cte("moved")
    row = select(
        bindparam("event_id", type_=Uuid), moved.c.id, bindparam("event_name", type_=Text),
        bindparam("event_facts", type_=JSONB),
        bindparam("event_at", type_=DateTime(timezone=True)),
    )  # fmt: skip
    written = insert(events).from_select(["id", subject, "event", "facts", "happened_at"], row)
    return written.inline().returning(events.id)


def step_row(of: UUID, before: str, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a statement made by `step_with_event` is sent with, beside its event."""
    return {
        "asked": of,
        "before": before,
        **{f"to_{name}": value for name, value in changes.items()},
    }


def event_row(of: UUID, name: str, facts: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """Return what a statement with an event is sent with, beside its own values."""
    return {
        "event_id": new_id(),
        "event_of": of,
        "event_name": name,
        "event_facts": facts,
        "event_at": at,
    }


@cache
def insertion_of_list(table: Any, *names: str, parameter: str) -> Insert:
    """Return the statement that inserts a whole list of rows at once, none where it is empty.

    The rows are sent as one value under `parameter`, as dictionaries of JSON values with these
    `names`: texts for ids and instants.
    """
    columns = (table.__table__.c[name] for name in names)
    listed = func.jsonb_to_recordset(bindparam(parameter, type_=JSONB)).table_valued(
        *(column(each.name, each.type) for each in columns)
    )
    rows = listed.render_derived(name=f"listed_{parameter}", with_types=True)
    return insert(table).from_select(names, select(rows)).inline()

"""People's keys: wrapped anew, made anew, and removed where they never sealed a thing."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, or_, select, update

from app.foundation.sealing import formats
from app.foundation.sealing.people import key_for
from app.foundation.sealing.rotation.rows import names_key, tables_of
from app.foundation.sealing.rotation.standing import read_fresh
from app.foundation.unit_of_work import UnitOfWork

WRAPPED_AT_ONCE = 500
RENEWED_AT_ONCE = 20
UNUSED_KEPT = timedelta(days=40)
"""Longer than a basket is kept: its checkout may hold an address that was never ordered to."""


def wrap_people(unit: UnitOfWork) -> int:
    """Wrap keys of people with the place's newest key; what they sealed stays as it is."""
    standing = read_fresh(unit)
    if standing is None:
        return 0
    people = unit.keys.people_table
    rows = unit.connection.execute(
        select(people.c.id, people.c.wrapped)
        .where(
            people.c.place_version < standing.newest,
            people.c.made_version >= standing.renewed_since,
            people.c.destroyed_at.is_(None),
        )
        .limit(WRAPPED_AT_ONCE)
        .with_for_update(skip_locked=True, key_share=True)
    ).all()
    if rows:
        unit.connection.execute(
            update(people)
            .where(people.c.id == bindparam("of_id"))
            .values(wrapped=bindparam("new"), place_version=bindparam("version")),
            [_wrap_anew(unit, row) for row in rows],
        )
    return len(rows)


def _wrap_anew(unit: UnitOfWork, row: Any) -> dict[str, Any]:
    key = unit.keys.unwrap_bytes(row.wrapped, key_id=row.id)
    wrapped = unit.keys.wrap(key, key_id=row.id)
    return {"of_id": row.id, "new": wrapped, "version": formats.version_of(wrapped)}


def renew_people(unit: UnitOfWork) -> int:
    """Give people new keys: from the commit on these seal, and what is theirs is moved after it.

    The former key stays, without an owner, until nothing names it any more (`move_rows`). Whoever
    is sealing with it right now is left for the next time.
    """
    standing = read_fresh(unit)
    if standing is None:
        return 0
    people = unit.keys.people_table
    rows = unit.connection.execute(
        select(people.c.id, people.c.owner)
        .where(
            people.c.made_version < standing.renewed_since,
            people.c.destroyed_at.is_(None),
            people.c.replaced_by.is_(None),
        )
        .limit(RENEWED_AT_ONCE)
        .with_for_update(skip_locked=True)
    ).all()
    for row in rows:
        _renew(unit, row.id, row.owner)
    return len(rows)


def _renew(unit: UnitOfWork, key_id: UUID, owner: bytes) -> None:
    people = unit.keys.people_table
    unit.connection.execute(update(people).where(people.c.id == key_id).values(owner=None))
    unit.keys.held.pop(owner, None)
    key = key_for(unit, owner=owner)
    former = or_(people.c.id == key_id, people.c.replaced_by == key_id)
    unit.connection.execute(update(people).where(former).values(replaced_by=key.id))


def drop_unused_keys(unit: UnitOfWork) -> int:
    """Remove keys of people that have sealed nothing which is still there, after a while."""
    people = unit.keys.people_table
    tables = [each.raw() for each in tables_of(unit.scope) if each.of_person]
    former = people.alias("former")
    unused = [~names_key(raw, people) for raw in tables]
    unused.append(~select(former.c.id).where(former.c.replaced_by == people.c.id).exists())
    found = unit.connection.execute(
        select(people.c.id)
        .where(people.c.made_at < unit.now - UNUSED_KEPT, *unused)
        .limit(WRAPPED_AT_ONCE)
        .with_for_update(skip_locked=True, of=people)
    ).scalars()
    dropped = unit.connection.execute(
        delete(people).where(people.c.id.in_(list(found)), *unused).returning(people.c.id)
    )
    return len(dropped.all())

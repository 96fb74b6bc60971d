"""Moving what a person's former key sealed to the one that replaced it."""

from collections.abc import Iterator
from functools import partial
from uuid import UUID

from sqlalchemy import delete, select

from app.foundation.database import Scope
from app.foundation.sealing.people import key_of_id
from app.foundation.sealing.rotation.rows import (
    ROWS_AT_ONCE,
    do_each,
    names_key,
    open_row,
    seal_for_person,
    select_openable,
    tables_of,
    write_rows,
)
from app.foundation.unit_of_work import UnitOfWork, unit_of_work

KEYS_AT_ONCE = 20


def move_all(scope: Scope) -> Iterator[int]:
    """Go once through the keys that were replaced, and move what they sealed to the new ones."""
    after: UUID | None = None
    while True:
        with unit_of_work(scope) as unit:
            moved, after, is_over = move_rows(unit, after)
        yield moved
        if is_over:
            return


def move_rows(unit: UnitOfWork, after: UUID | None = None) -> tuple[int, UUID | None, bool]:
    """Seal a few rows with the keys that replaced theirs; a key that nothing names any more goes.

    Returns how much was done, the key to go on behind, and whether the end is reached.
    """
    people, done = unit.keys.people_table, 0
    query = select(people.c.id, people.c.replaced_by).where(
        people.c.replaced_by.is_not(None), people.c.destroyed_at.is_(None)
    )
    if after is not None:
        query = query.where(people.c.id > after)
    locked = query.order_by(people.c.id).limit(KEYS_AT_ONCE).with_for_update(skip_locked=True)
    formers = unit.connection.execute(locked).all()
    for former in formers:
        done += _move(unit, former.id, former.replaced_by, ROWS_AT_ONCE - done)
        if done >= ROWS_AT_ONCE:
            return done, after, False
        after = former.id
    return done, after, not formers


def _move(unit: UnitOfWork, former: UUID, successor: UUID, most: int) -> int:
    """Move some rows of a person to the new key; return how many, and one more if the former went."""
    key, moved = key_of_id(unit, key_id=successor), 0
    tables = [each for each in tables_of(unit.scope) if each.of_person]
    for sealed in tables:
        raw = sealed.raw()
        rows = unit.connection.execute(
            select_openable(sealed, raw)
            .where(raw.c.key_id == former)
            .limit(most - moved)
            .with_for_update(skip_locked=True, of=raw)
        ).all()
        opened = do_each(sealed, rows, partial(open_row, unit, sealed))
        values = [seal_for_person(sealed, each, key) for _, each in opened]
        write_rows(unit, sealed, [row for row, _ in opened], values)
        moved += len(opened)
    people = unit.keys.people_table
    unused = [~names_key(each.raw(), people) for each in tables]
    gone = delete(people).where(people.c.id == former, *unused).returning(people.c.id)
    return moved + len(unit.connection.execute(gone).all())

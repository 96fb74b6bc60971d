"""Going through a table, some rows at a time, to seal what is not on the newest key."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from sqlalchemy import tuple_

from app.foundation.database import Scope
from app.foundation.sealing.inventory import SealedTable
from app.foundation.sealing.people import key_for
from app.foundation.sealing.rotation.rows import (
    ROWS_AT_ONCE,
    do_each,
    is_behind,
    open_row,
    seal_for_person,
    seal_for_place,
    select_openable,
    write_rows,
)
from app.foundation.unit_of_work import UnitOfWork, unit_of_work


def seal_table_anew(scope: Scope, sealed: SealedTable) -> Iterator[int]:
    """Go through a table once, in the order of its key, and seal anew what is not on the newest."""
    after: tuple[Any, ...] | None = None
    while True:
        with unit_of_work(scope) as unit:
            rows = _page(unit, sealed, after)
            _seal_anew(unit, sealed, rows)
        if not rows:
            return
        yield len(rows)
        after = tuple(getattr(rows[-1], name) for name in sealed.key)


def _page(unit: UnitOfWork, sealed: SealedTable, after: tuple[Any, ...] | None) -> list[Any]:
    raw = sealed.raw()
    key = [raw.c[name] for name in sealed.key]
    query = select_openable(sealed, raw).where(is_behind(sealed, raw, unit.keys.current_version))
    if after is not None:
        query = query.where(tuple_(*key) > after)
    locked = query.order_by(*key).limit(ROWS_AT_ONCE).with_for_update(skip_locked=True, of=raw)
    return list(unit.connection.execute(locked).all())


def _seal_anew(unit: UnitOfWork, sealed: SealedTable, rows: list[Any]) -> None:
    if sealed.of_place:
        done = do_each(sealed, rows, partial(seal_for_place, unit, sealed))
        write_rows(unit, sealed, [row for row, _ in done], [values for _, values in done])
    if sealed.of_person:
        first = [row for row in rows if row.key_id is None]
        opened = do_each(sealed, first, partial(open_row, unit, sealed))
        values = [
            seal_for_person(sealed, each, key_for(unit, owner=sealed.owner(each)))
            for _, each in opened
        ]
        write_rows(unit, sealed, [row for row, _ in opened], values)

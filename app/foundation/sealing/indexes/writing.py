"""Writing indexes anew with the first key, some rows at a time."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import bindparam, func, select, update

from app.foundation.database import Scope, ShopScope
from app.foundation.sealing.errors import SealBrokenError
from app.foundation.sealing.indexes.inventory import (
    OTHER,
    IndexedTable,
    indexed_tables,
    is_behind,
)
from app.foundation.sealing.inventory import SealedTable
from app.foundation.sealing.ring import email_indexes, key_ring
from app.foundation.sealing.rotation.moving import move_all
from app.foundation.sealing.rotation.rows import open_row, select_openable, tables_of
from app.foundation.unit_of_work import UnitOfWork, unit_of_work

log = structlog.get_logger(__name__)
ROWS_AT_ONCE = 100
KEYS_AT_ONCE = 50


def write_indexes_anew(scope: Scope) -> int:
    """Bring every index of a place to the first key; return how many were written.

    What others hold locked is left for the next time.
    """
    done = sum(sum(_go_through(scope, each)) for each in indexed_tables(scope))
    if isinstance(scope, ShopScope):
        done += sum(_go_through_keys(scope))
        done += sum(move_all(scope))
    return done


def _go_through(scope: Scope, each: IndexedTable) -> Iterator[int]:
    after: Any = None
    while True:
        with unit_of_work(scope) as unit:
            rows = _page(unit, each, after)
            _write(unit, each, rows)
        if not rows:
            return
        yield len(rows)
        after = rows[-1][0]


def _page(unit: UnitOfWork, each: IndexedTable, after: Any) -> list[Any]:
    query = select(each.key, each.plain).where(is_behind(each.index, key_ring().index_names[0]))
    if after is not None:
        query = query.where(each.key > after)
    query = query.order_by(each.key).limit(ROWS_AT_ONCE)
    locked = query.with_for_update(skip_locked=True, of=each.table)
    return list(unit.connection.execute(locked).all())


def _write(unit: UnitOfWork, each: IndexedTable, rows: list[Any]) -> None:
    values = [new for row in rows if (new := _new_values(unit, each, *row))]
    if values:
        names = [each.index.name, OTHER] if each.has_other else [each.index.name]
        unit.connection.execute(
            update(each.table)
            .where(each.key == bindparam("of_key"))
            .values({name: bindparam(f"new_{name}") for name in names}),
            values,
        )


def _new_values(
    unit: UnitOfWork, each: IndexedTable, key: Any, plain: str | None
) -> dict[str, Any] | None:
    """Return what is written; an address whose key was destroyed is nobody's in a shop."""
    if plain is None and not isinstance(unit.scope, ShopScope):
        log.error("index not written anew", table=each.table.name, row=str(key))
        return None
    index, *other = email_indexes(plain) if plain else (b"",)
    new = {"of_key": key, f"new_{each.index.name}": index}
    return new | {f"new_{OTHER}": other[0] if other else None} if each.has_other else new


def _go_through_keys(scope: Scope) -> Iterator[int]:
    """Let people's keys stand under the new index of the address that they seal."""
    after: UUID | None = None
    while True:
        with unit_of_work(scope) as unit:
            people = unit.keys.people_table
            query = select(people.c.id).where(is_behind(people.c.owner, key_ring().index_names[0]))
            if after is not None:
                query = query.where(people.c.id > after)
            query = query.order_by(people.c.id).limit(KEYS_AT_ONCE)
            found = unit.connection.execute(query.with_for_update(skip_locked=True)).scalars()
            keys = list(found)
            for key_id in keys:
                _rename_key(unit, key_id)
        if not keys:
            return
        yield len(keys)
        after = keys[-1]


def _rename_key(unit: UnitOfWork, key_id: UUID) -> None:
    """Give a key its new owner; where that owner has a key by now, what is under this one goes there.

    A key with which nothing is sealed that tells an address is nobody's: it is destroyed.
    """
    people = unit.keys.people_table
    try:
        owner = _owner_now(unit, key_id)
    except SealBrokenError as error:
        log.error("owner of a key not found", row=str(key_id), reason=str(error))  # noqa: TRY400
        return
    twin = unit.connection.execute(
        select(people.c.id).where(people.c.owner == owner)
    ).scalar_one_or_none()
    if owner is None:
        if not _is_successor(unit, key_id):
            gone = {"owner": None, "wrapped": b"", "destroyed_at": unit.now}
            unit.connection.execute(update(people).where(people.c.id == key_id).values(**gone))
    elif twin is None:
        unit.connection.execute(update(people).where(people.c.id == key_id).values(owner=owner))
    else:
        unit.connection.execute(update(people).where(people.c.id == key_id).values(owner=None))
        former = (people.c.id == key_id) | (people.c.replaced_by == key_id)
        unit.connection.execute(update(people).where(former).values(replaced_by=twin))


def _is_successor(unit: UnitOfWork, key_id: UUID) -> bool:
    people = unit.keys.people_table
    query = select(people.c.id).where(people.c.replaced_by == key_id).limit(1)
    return unit.connection.execute(query).first() is not None


def _owner_now(unit: UnitOfWork, key_id: UUID) -> bytes | None:
    for sealed in tables_of(unit.scope):
        if sealed.of_person and (owner := _owner_in(unit, sealed, key_id)):
            return owner
    return None


def _owner_in(unit: UnitOfWork, sealed: SealedTable, key_id: UUID) -> bytes | None:
    raw = sealed.raw()
    query = select_openable(sealed, raw).where(
        raw.c.key_id == key_id, *(raw.c[name].is_not(None) for name in sealed.of_person)
    )
    if "email_index" in raw.c:
        query = query.where(func.octet_length(raw.c.email_index) > 0)
    row = unit.connection.execute(query.limit(1)).first()
    if row is None:
        return None
    opened = open_row(unit, sealed, row)
    return email_indexes(opened["email"])[0] if "email" in opened else sealed.owner(opened)

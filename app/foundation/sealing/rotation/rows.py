"""Sealed rows, whatever their table: which are behind, open one, seal it with another key, write."""

from collections.abc import Callable, Iterable
from typing import Any

import structlog
from sqlalchemy import ColumnElement, Table, TableClause, and_, bindparam, func, or_, select, update

from app.foundation.database import Scope, ShopScope
from app.foundation.sealing import formats
from app.foundation.sealing.columns import with_its_key
from app.foundation.sealing.errors import SealBrokenError
from app.foundation.sealing.inventory import SealedTable, sealed_tables
from app.foundation.sealing.people import PersonKey
from app.foundation.sealing.places import key_table
from app.foundation.unit_of_work import UnitOfWork

log = structlog.get_logger(__name__)
ROWS_AT_ONCE = 100


def tables_of(scope: Scope) -> list[SealedTable]:
    """Return the tables of a place that hold anything sealed."""
    return sealed_tables("shop" if isinstance(scope, ShopScope) else "directory")


def holds_value(sealed: SealedTable, raw: TableClause) -> ColumnElement[bool]:
    """Say which rows hold a sealed value at all."""
    return or_(*(raw.c[name].is_not(None) for name in (*sealed.of_place, *sealed.of_person)))


def is_behind(sealed: SealedTable, raw: TableClause, version: int) -> ColumnElement[bool]:
    """Say which rows are not on the newest key of the place, or have no person's key yet."""
    head = formats.version_head(version)
    tests: list[ColumnElement[bool]] = [
        and_(raw.c[name].is_not(None), func.substring(raw.c[name], 1, len(head)) != head)
        for name in sealed.of_place
    ]
    if sealed.of_person:
        of_nobody = and_(*(raw.c[name].is_(None) for name in sealed.of_person))
        tests.append(and_(raw.c.key_id.is_(None), ~of_nobody))
    return or_(*tests)


def names_key(raw: TableClause, people: Table) -> ColumnElement[bool]:
    """Say which keys of people have sealed something in a table."""
    return select(raw.c.key_id).where(raw.c.key_id == people.c.id).exists()


def select_openable(sealed: SealedTable, raw: TableClause) -> Any:
    """Select a row whole; values under a person's key come with that key in front, as bytes."""
    columns: list[Any] = []
    for each in raw.columns:
        if each.name in sealed.of_person:
            kind = "shop" if raw.schema is None else "directory"
            keys = key_table(kind, "sealing_key" if kind == "shop" else "person_key")
            columns.append(with_its_key(each, raw, keys).label(each.name))
        else:
            columns.append(each)
    return select(*columns)


def open_row(unit: UnitOfWork, sealed: SealedTable, row: Any) -> dict[str, Any]:
    """Return a row with what is a person's in plain text; SealBrokenError where it cannot be opened."""
    opened = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
    for name, purpose in sealed.of_person.items():
        if opened[name] is not None:
            opened[name] = unit.keys.open_for_person(opened[name], purpose=purpose)
            if opened[name] is None:
                raise SealBrokenError(f"{purpose}: the key was destroyed meanwhile")
    return opened


def seal_for_person(sealed: SealedTable, opened: dict[str, Any], key: PersonKey) -> dict[str, Any]:
    """Return a row's columns sealed with a person's key, and the key's id beside them."""
    values = {
        name: None if opened[name] is None else key.seal(opened[name]).sealed(purpose)
        for name, purpose in sealed.of_person.items()
    }
    return {**values, "key_id": key.id}


def seal_for_place(unit: UnitOfWork, sealed: SealedTable, row: Any) -> dict[str, Any]:
    """Return a row's columns sealed with the newest key of the place."""
    values: dict[str, Any] = {}
    for name, purpose in sealed.of_place.items():
        value = getattr(row, name)
        values[name] = value and unit.keys.seal(
            unit.keys.open(value, purpose=purpose), purpose=purpose
        )
    return values


def do_each(
    sealed: SealedTable, rows: Iterable[Any], work: Callable[[Any], dict[str, Any]]
) -> list[tuple[Any, dict[str, Any]]]:
    """Do `work` for each row; one that cannot be opened is said, left as it is, and stops no other."""
    done = []
    for row in rows:
        try:
            done.append((row, work(row)))
        except SealBrokenError as error:
            key = [str(getattr(row, name)) for name in sealed.key]
            log.error("sealed value not opened", table=sealed.name, row=key, reason=str(error))  # noqa: TRY400
    return done


def write_rows(unit: UnitOfWork, sealed: SealedTable, rows: list[Any], values: list[Any]) -> None:
    """Write each row's new values, all in one go; every row has values for the same columns."""
    if not rows:
        return
    raw = sealed.raw()
    changed = (
        update(raw)
        .where(*(raw.c[name] == bindparam(f"of_{name}") for name in sealed.key))
        .values({name: bindparam(f"new_{name}") for name in values[0]})
    )
    unit.connection.execute(
        changed,
        [
            {f"of_{name}": getattr(row, name) for name in sealed.key}
            | {f"new_{name}": value for name, value in new.items()}
            for row, new in zip(rows, values, strict=True)
        ],
    )

"""Changing keys while everything goes on: small steps, each a transaction, safe to end at any point.

A rotation begins with a new version of a place's key. From then on every step only looks for what
is not on the newest key yet, so that a killed rotation is gone on with by whoever looks next (the
command, or the schedule), and two at once help each other: each takes rows that nobody else has.

    people   keys of people are wrapped anew; or made anew where the rotation asks for it, and
             then all that they sealed is moved, a few rows at a time
    rows     values under the place's own key are sealed anew
    first    rows of the first release, and of columns that became a person's, get a person's key
    settle   once no process can be sealing with the version before, and nothing is on it: it goes
"""

import math
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import (
    ColumnElement,
    Table,
    TableClause,
    and_,
    bindparam,
    delete,
    func,
    literal,
    literal_column,
    or_,
    select,
    tuple_,
    update,
)

from app.foundation.database import DIRECTORY, PlatformScope, Scope, ShopScope
from app.foundation.sealing import formats
from app.foundation.sealing.columns import with_its_key
from app.foundation.sealing.errors import SealBrokenError
from app.foundation.sealing.inventory import SealedTable, sealed_tables
from app.foundation.sealing.people import PersonKey, key_for, key_of_id
from app.foundation.sealing.places import key_table, vault
from app.foundation.unit_of_work import UnitOfWork, unit_of_work

log = structlog.get_logger(__name__)
WRAPPED_AT_ONCE, RENEWED_AT_ONCE, ROWS_AT_ONCE = 500, 20, 100
UNUSED_KEPT = timedelta(days=40)
"""Longer than a basket is kept: its checkout may hold an address that was never ordered to."""
KEPT_IN_FLIGHT = 1.2
"""How much longer than a process keeps a key a transaction may still be sealing with it."""


@dataclass(frozen=True, slots=True)
class PlaceStanding:
    """The versions of a place's key: which is newest, and since which people's keys must be."""

    newest: int
    renewed_since: int
    is_settled: bool
    count: int
    waits_seconds: float
    """Until no process can be sealing with the version before; 0 where there is none."""

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to do here."""
        return self.is_settled and self.count == 1


_NO_KEY_YET = PlaceStanding(1, 0, is_settled=False, count=0, waits_seconds=0.0)


def read_standing(unit: UnitOfWork) -> PlaceStanding | None:
    """Return how a place's keys stand; None where nothing was ever sealed."""
    table = unit.keys.place_table
    query = select(table.c.version, table.c.renews_people, table.c.made_at, table.c.settled_at)
    if unit.keys.place != DIRECTORY:
        query = query.where(table.c.shop == literal_column("current_user"))
    rows = unit.connection.execute(query.order_by(table.c.version)).all()
    if not rows:
        return None
    newest = rows[-1]
    in_flight = vault().kept_seconds * KEPT_IN_FLIGHT if len(rows) > 1 else 0.0
    return PlaceStanding(
        newest.version,
        max((row.version for row in rows if row.renews_people), default=0),
        newest.settled_at is not None,
        len(rows),
        max(in_flight - (unit.now - newest.made_at).total_seconds(), 0.0),
    )


def _read_fresh(unit: UnitOfWork) -> PlaceStanding | None:
    """Return how a place's keys stand; what this process keeps of them is the newest from here on."""
    standing = read_standing(unit)
    if standing is not None and unit.keys.current_version != standing.newest:
        unit.keys.read_again()
    return standing


def begin_rotation(unit: UnitOfWork, *, renews_people: bool) -> bool:
    """Make a new version of the place's key, which seals from now on.

    A rotation that has begun and is not settled is gone on with instead, unless this one asks for
    more. Returns whether there is anything to seal anew in this place.
    """
    standing = read_standing(unit)
    if standing is None:
        return False
    is_under_way = standing.newest > 1 and not standing.is_settled
    if is_under_way and (not renews_people or standing.renewed_since == standing.newest):
        return True
    unit.keys.add_version(standing.newest + 1, renews_people=renews_people)
    unit.audit(
        actor="operator", action="change_keys", object_kind="key", object_id=unit.keys.place,
        version=standing.newest + 1, renews_people=renews_people,
    )  # fmt: skip
    return True


def sweep(scope: Scope, *, until: float = math.inf) -> int:
    """Bring everything in a place to its newest key, in small transactions; return how many rows.

    What others hold locked is left for the next time, and so is all that is not done by `until`,
    in seconds of the process's monotonic clock.
    """
    done = 0
    with unit_of_work(scope) as unit:
        if _read_fresh(unit) is None and not _make_first_key(unit):
            return 0
    for step in (wrap_people, renew_people):
        while time.monotonic() < until and (count := _in_unit(scope, step)):
            done += count
    for part in (_moves(scope), *(_pages(scope, each) for each in _tables_of(scope))):
        for count in part:
            done += count
            if time.monotonic() >= until:
                return done
    return done


def _make_first_key(unit: UnitOfWork) -> bool:
    """Give a place its first key where the first release sealed something in it."""
    for sealed in _tables_of(unit.scope):
        raw = sealed.raw()
        held = select(literal(1)).select_from(raw).where(_has_value(sealed, raw)).limit(1)
        if unit.connection.execute(held).first() is not None:
            unit.keys.read_again()
            return True
    return False


def _has_value(sealed: SealedTable, raw: TableClause) -> ColumnElement[bool]:
    return or_(*(raw.c[name].is_not(None) for name in (*sealed.of_place, *sealed.of_person)))


def _in_unit(scope: Scope, step: Callable[[UnitOfWork], int]) -> int:
    with unit_of_work(scope) as unit:
        return step(unit)


def _tables_of(scope: Scope) -> list[SealedTable]:
    return sealed_tables("shop" if isinstance(scope, ShopScope) else "directory")


def wrap_people(unit: UnitOfWork) -> int:
    """Wrap keys of people with the place's newest key; what they sealed stays as it is."""
    standing = _read_fresh(unit)
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
    standing = _read_fresh(unit)
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


def _moves(scope: Scope) -> Iterator[int]:
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
    locked = query.order_by(people.c.id).limit(RENEWED_AT_ONCE).with_for_update(skip_locked=True)
    formers = unit.connection.execute(locked).all()
    for former in formers:
        done += _move(unit, former.id, former.replaced_by, ROWS_AT_ONCE - done)
        if done >= ROWS_AT_ONCE:
            return done, after, False
        after = former.id
    return done, after, not formers


def _move(unit: UnitOfWork, former: UUID, successor: UUID, most: int) -> int:
    """Move so many rows of a person from one key to the other; return how many, and the key."""
    key, moved = key_of_id(unit, key_id=successor), 0
    tables = [each for each in _tables_of(unit.scope) if each.of_person]
    for sealed in tables:
        raw = sealed.raw()
        rows = unit.connection.execute(
            _opening(sealed, raw)
            .where(raw.c.key_id == former)
            .limit(most - moved)
            .with_for_update(skip_locked=True, of=raw)
        ).all()
        opened = _each(sealed, rows, partial(_open_row, unit, sealed))
        values = [_for_person(sealed, each, key) for _, each in opened]
        _write(unit, sealed, [row for row, _ in opened], values)
        moved += len(opened)
    people = unit.keys.people_table
    unused = [~_names_key(each.raw(), people) for each in tables]
    gone = delete(people).where(people.c.id == former, *unused).returning(people.c.id)
    return moved + len(unit.connection.execute(gone).all())


def _names_key(raw: TableClause, people: Table) -> ColumnElement[bool]:
    return select(raw.c.key_id).where(raw.c.key_id == people.c.id).exists()


def _opening(sealed: SealedTable, raw: TableClause) -> Any:
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


def _for_person(sealed: SealedTable, opened: dict[str, Any], key: PersonKey) -> dict[str, Any]:
    """Return a row's columns sealed with a person's key, and the key's id beside them."""
    values = {
        name: None if opened[name] is None else key.seal(opened[name]).sealed(purpose)
        for name, purpose in sealed.of_person.items()
    }
    return {**values, "key_id": key.id}


def _open_row(unit: UnitOfWork, sealed: SealedTable, row: Any) -> dict[str, Any]:
    opened = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
    for name, purpose in sealed.of_person.items():
        if opened[name] is not None:
            opened[name] = unit.keys.open_for_person(opened[name], purpose=purpose)
            if opened[name] is None:
                raise SealBrokenError(f"{purpose}: the key was destroyed meanwhile")
    return opened


def _write(unit: UnitOfWork, sealed: SealedTable, rows: list[Any], values: list[Any]) -> None:
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


def _pages(scope: Scope, sealed: SealedTable) -> Iterator[int]:
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
    query = _opening(sealed, raw).where(_is_behind(sealed, raw, unit.keys.current_version))
    if after is not None:
        query = query.where(tuple_(*key) > after)
    locked = query.order_by(*key).limit(ROWS_AT_ONCE).with_for_update(skip_locked=True, of=raw)
    return list(unit.connection.execute(locked).all())


def _is_behind(sealed: SealedTable, raw: TableClause, version: int) -> ColumnElement[bool]:
    """Say which rows are not on the newest key of the place, or have no person's key yet."""
    head = formats.version_head(version)
    tests: list[ColumnElement[bool]] = [
        and_(raw.c[name].is_not(None), func.substring(raw.c[name], 1, len(head)) != head)
        for name in sealed.of_place
    ]
    if sealed.of_person:
        has_value = or_(*(raw.c[name].is_not(None) for name in sealed.of_person))
        tests.append(and_(raw.c.key_id.is_(None), has_value))
    return or_(*tests)


def _seal_anew(unit: UnitOfWork, sealed: SealedTable, rows: list[Any]) -> None:
    if sealed.of_place:
        done = _each(sealed, rows, partial(_for_place, unit, sealed))
        _write(unit, sealed, [row for row, _ in done], [values for _, values in done])
    if sealed.of_person:
        first = [row for row in rows if row.key_id is None]
        opened = _each(sealed, first, partial(_open_row, unit, sealed))
        values = [
            _for_person(sealed, each, key_for(unit, owner=sealed.owner(each))) for _, each in opened
        ]
        _write(unit, sealed, [row for row, _ in opened], values)


def _each(
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


def _for_place(unit: UnitOfWork, sealed: SealedTable, row: Any) -> dict[str, Any]:
    """Return a row's columns sealed with the newest key of the place."""
    values: dict[str, Any] = {}
    for name, purpose in sealed.of_place.items():
        value = getattr(row, name)
        values[name] = value and unit.keys.seal(
            unit.keys.open(value, purpose=purpose), purpose=purpose
        )
    return values


@dataclass(frozen=True, slots=True)
class Standing:
    """What of a place is on its newest keys, by table, and what is not."""

    place: str
    versions: int
    roots: tuple[str, ...]
    people: int
    people_behind: int
    rows: dict[str, tuple[int, int]]
    """By table: how many rows hold a sealed value, and how many of them are behind."""

    @property
    def behind(self) -> int:
        """How many keys and rows are not on the newest key."""
        return self.people_behind + sum(behind for _, behind in self.rows.values())


def count_behind(unit: UnitOfWork) -> Standing | None:
    """Count a place's keys and rows, and those that are not on the newest key; reads every row.

    None where nothing was ever sealed.
    """
    standing = read_standing(unit) or _NO_KEY_YET
    rows = {each.name: _count_rows(unit, each, standing) for each in _tables_of(unit.scope)}
    if standing is _NO_KEY_YET and not any(count for count, _ in rows.values()):
        return None
    people, places = unit.keys.people_table, unit.keys.place_table
    is_behind = or_(
        people.c.place_version < standing.newest,
        people.c.made_version < standing.renewed_since,
        people.c.replaced_by.is_not(None),
    )
    alive = people.c.destroyed_at.is_(None)
    counted = unit.connection.execute(
        select(func.count().filter(alive), func.count().filter(alive, is_behind)).select_from(
            people
        )
    ).one()
    roots = select(places.c.root_name).distinct()
    if unit.keys.place != DIRECTORY:
        roots = roots.where(places.c.shop == literal_column("current_user"))
    return Standing(
        unit.keys.place,
        standing.count,
        tuple(sorted(unit.connection.execute(roots).scalars())),
        counted[0],
        counted[1],
        rows,
    )


def _count_rows(unit: UnitOfWork, sealed: SealedTable, standing: PlaceStanding) -> tuple[int, int]:
    raw = sealed.raw()
    behind = _is_behind(sealed, raw, standing.newest)
    row = unit.connection.execute(
        select(
            func.count().filter(_has_value(sealed, raw)), func.count().filter(behind)
        ).select_from(raw)
    ).one()
    return row[0], row[1]


def settle(scope: Scope) -> bool:
    """Let the versions before the newest go, once nothing is on them and nobody can be using them.

    Returns whether the place is settled. From then on what they sealed could not be opened.
    """
    with unit_of_work(scope) as unit:
        standing = read_standing(unit)
        if standing is None or standing.is_done:
            return True
        if standing.waits_seconds:
            return False
        counted = count_behind(unit)
        place = unit.keys.place
    if counted is None or counted.behind:
        return False
    with unit_of_work(_keeper(scope)) as unit:
        _let_go(unit, place, standing.newest)
    return True


def _keeper(scope: Scope) -> Scope:
    """Return who may remove a place's key: shops themselves may not."""
    return PlatformScope(scope.cell, "platform_jobs") if isinstance(scope, ShopScope) else scope


def _let_go(unit: UnitOfWork, place: str, newest: int) -> None:
    kind = "directory" if place == DIRECTORY else "platform"
    table = key_table(kind, "directory_key" if place == DIRECTORY else "shop_key")
    mine = [] if place == DIRECTORY else [table.c.shop == place]
    unit.connection.execute(delete(table).where(*mine, table.c.version < newest))
    unit.connection.execute(
        update(table).where(*mine, table.c.version == newest).values(settled_at=unit.now)
    )


def reseal(scope: Scope, *, until: float = math.inf) -> int:
    """Go on with what is not settled in a place; cheap where everything is. For the schedule."""
    with unit_of_work(scope) as unit:
        standing = read_standing(unit)
    if standing is not None and standing.is_done:
        return 0
    done = sweep(scope, until=until)
    if time.monotonic() < until:
        settle(scope)
    return done


def list_settled_shops(unit: UnitOfWork) -> set[str]:
    """Return the shops of a cell in which nothing is left to do; for the platform's own jobs."""
    table = key_table("platform", "shop_key")
    is_done = and_(func.count() == 1, func.bool_and(table.c.settled_at.is_not(None)))
    query = select(table.c.shop).group_by(table.c.shop).having(is_done)
    return set(unit.connection.execute(query).scalars())


def drop_unused_keys(unit: UnitOfWork) -> int:
    """Remove keys of people that have sealed nothing which is still there, after a while."""
    people = unit.keys.people_table
    tables = [each.raw() for each in _tables_of(unit.scope) if each.of_person]
    former = people.alias("former")
    unused = [~_names_key(raw, people) for raw in tables]
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

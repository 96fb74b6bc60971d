"""Counting what is on the newest keys, and what is not."""

from dataclasses import dataclass

from sqlalchemy import func, literal_column, or_, select

from app.foundation.database import DIRECTORY
from app.foundation.sealing.inventory import SealedTable
from app.foundation.sealing.rotation.rows import holds_value, is_behind, tables_of
from app.foundation.sealing.rotation.standing import NO_KEY_YET, PlaceStanding, read_standing
from app.foundation.unit_of_work import UnitOfWork


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
    standing = read_standing(unit) or NO_KEY_YET
    rows = {each.name: _count_rows(unit, each, standing) for each in tables_of(unit.scope)}
    if standing is NO_KEY_YET and not any(count for count, _ in rows.values()):
        return None
    people, people_behind = _count_people(unit, standing)
    return Standing(
        place=unit.keys.place,
        versions=standing.count,
        roots=_list_roots(unit),
        people=people,
        people_behind=people_behind,
        rows=rows,
    )


def _count_people(unit: UnitOfWork, standing: PlaceStanding) -> tuple[int, int]:
    people = unit.keys.people_table
    behind = or_(
        people.c.place_version < standing.newest,
        people.c.made_version < standing.renewed_since,
        people.c.replaced_by.is_not(None),
    )
    alive = people.c.destroyed_at.is_(None)
    counts = select(func.count().filter(alive), func.count().filter(alive, behind))
    row = unit.connection.execute(counts.select_from(people)).one()
    return row[0], row[1]


def _list_roots(unit: UnitOfWork) -> tuple[str, ...]:
    places = unit.keys.place_table
    roots = select(places.c.root_name).distinct()
    if unit.keys.place != DIRECTORY:
        roots = roots.where(places.c.shop == literal_column("current_user"))
    return tuple(sorted(unit.connection.execute(roots).scalars()))


def _count_rows(unit: UnitOfWork, sealed: SealedTable, standing: PlaceStanding) -> tuple[int, int]:
    raw = sealed.raw()
    behind = is_behind(sealed, raw, standing.newest)
    row = unit.connection.execute(
        select(
            func.count().filter(holds_value(sealed, raw)), func.count().filter(behind)
        ).select_from(raw)
    ).one()
    return row[0], row[1]

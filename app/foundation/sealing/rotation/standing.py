"""Where a place stands: its key's versions, and what they ask of the keys of people."""

from dataclasses import dataclass

from sqlalchemy import literal_column, select

from app.foundation.database import DIRECTORY
from app.foundation.sealing.places import vault
from app.foundation.unit_of_work import UnitOfWork

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


NO_KEY_YET = PlaceStanding(1, 0, is_settled=False, count=0, waits_seconds=0.0)


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


def read_fresh(unit: UnitOfWork) -> PlaceStanding | None:
    """Return how a place's keys stand; what this process keeps of them is the newest from here on."""
    standing = read_standing(unit)
    if standing is not None and unit.keys.current_version != standing.newest:
        unit.keys.read_again()
    return standing

"""Where personal data is: one line for each table, beside the domain that owns it (SEC-004, FR-025).

A domain says in its `personal_data.py` how a person's rows are found, what of them the person gets
to read, and what erasure does to them. The wiring puts all of them on one page; export and erasure
walk that page, and tests/architecture/test_personal_data.py fails on a sealed or person-naming
column that stands on no line of it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select, update

from app.foundation.unit_of_work import UnitOfWork


@dataclass(slots=True)
class Subject:
    """Whose data: what the person stands under, and the ids of theirs that were found so far.

    `email_indexes` are blind indexes of addresses that the person has proved. What was written
    after `until` is another's: an address may be used anew as soon as its account is gone.
    """

    person_id: UUID
    email_indexes: frozenset[bytes]
    until: datetime
    ids: dict[str, set[UUID]] = field(default_factory=dict)
    key_owners: set[bytes] = field(default_factory=set)
    """Under what the keys stand that sealed the rows found so far (foundation/sealing)."""

    def of(self, kind: str) -> list[UUID]:
        """Return the ids of one kind, such as "order", that are the person's."""
        return sorted(self.ids.get(kind, ()))


class Delete:
    """Erasure removes the rows."""


@dataclass(frozen=True, slots=True)
class Empty:
    """Erasure keeps the rows and puts these values into their columns."""

    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Keep:
    """Erasure leaves the rows as they are, for a reason that a person may read."""

    reason: str


@dataclass(frozen=True, slots=True)
class By:
    """Erasure is a function of the domain; `columns` are those that it clears."""

    erase: Callable[[UnitOfWork, Subject], None]
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """One table in which a person stands.

    `find` says which rows are theirs. `gives` names the kind of id that these rows add to the
    subject, for holdings further down (`gives_column` holds them). `is_root`: a shop in which no
    root has a row has no data of the person at all. `untold` and `kept` say why a column that
    names a person is not exported, or not erased.
    """

    table: Any
    title: Any
    find: Callable[[Subject], ColumnElement[bool]]
    erasure: Delete | Empty | Keep | By
    exported: tuple[str, ...] = ()
    gives: str = ""
    gives_column: str = "id"
    key_owner_column: str = ""
    is_root: bool = False
    untold: Mapping[str, str] = field(default_factory=dict)
    kept: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The table's name."""
        return str(self.table.__tablename__)

    @property
    def is_in_directory(self) -> bool:
        """Whether the table stands in the directory, not in each shop."""
        return bool(self.table.__bind_key__ == "directory")


class HoldingTable:
    """All holdings of all domains, filled once by the wiring, in the order in which they are read."""

    def __init__(self) -> None:
        self._all: tuple[Holding, ...] = ()

    def fill(self, holdings: Iterable[Holding]) -> None:
        """Replace the table's content. Raises ValueError where a table stands twice."""
        listed = tuple(holdings)
        names = [holding.name for holding in listed]
        if len(set(names)) < len(names):
            raise ValueError(f"two holdings of one table in {sorted(names)}")
        self._all = listed

    def of_directory(self) -> tuple[Holding, ...]:
        """Return the holdings in the directory."""
        return tuple(holding for holding in self._all if holding.is_in_directory)

    def of_shops(self) -> tuple[Holding, ...]:
        """Return the holdings in each shop."""
        return tuple(holding for holding in self._all if not holding.is_in_directory)

    def everything(self) -> tuple[Holding, ...]:
        """Return all holdings."""
        return self._all


holdings = HoldingTable()


def find_rows_of(unit: UnitOfWork, listed: Iterable[Holding], who: Subject) -> bool:
    """Add the ids that these holdings give to `who`; return whether a root has a row of theirs."""
    is_known = False
    for holding in listed:
        if not (holding.gives or holding.is_root):
            continue
        column = getattr(holding.table, holding.gives_column)
        found = set(unit.session.execute(select(column).where(holding.find(who))).scalars())
        is_known = is_known or (holding.is_root and bool(found))
        if holding.gives:
            who.ids.setdefault(holding.gives, set()).update(found)
        if holding.key_owner_column:
            owners = getattr(holding.table, holding.key_owner_column)
            who.key_owners.update(
                unit.session.execute(select(owners).where(holding.find(who)).distinct()).scalars()
            )
    return is_known


def read_rows_of(
    unit: UnitOfWork, listed: Iterable[Holding], who: Subject
) -> list[tuple[Holding, list[dict[str, Any]]]]:
    """Return what the person may read of each holding in which they stand."""
    told = []
    for holding in listed:
        if not holding.exported:
            continue
        columns = [getattr(holding.table, name) for name in holding.exported]
        rows = unit.session.execute(select(*columns).where(holding.find(who))).mappings().all()
        if rows:
            told.append((holding, [dict(row) for row in rows]))
    return told


def erase_rows_of(unit: UnitOfWork, listed: Iterable[Holding], who: Subject) -> None:
    """Do to each holding what it says; again is harmless. Those that know others come last first.

    Holdings are listed from those that give ids to those that are found by them, and are erased in
    the opposite order, so that a row goes before the one that it points to.
    """
    for holding in reversed(tuple(listed)):
        erasure = holding.erasure
        if isinstance(erasure, Delete):
            unit.session.execute(delete(holding.table).where(holding.find(who)))
        elif isinstance(erasure, Empty):
            unit.session.execute(
                update(holding.table).where(holding.find(who)).values(**erasure.values)
            )
        elif isinstance(erasure, By):
            erasure.erase(unit, who)

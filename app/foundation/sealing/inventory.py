"""Which columns are sealed, found in the tables themselves, so that none is forgotten."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, LargeBinary, Table, TableClause, column, table

from app.foundation.database import db
from app.foundation.sealing.columns import Sealed, SealedForPerson

Owner = Callable[[Mapping[str, Any]], bytes]
KEY_OWNER = "key_owner"
"""In a table's `info`: the function from an opened row to the owner of its key."""


@dataclass(frozen=True, slots=True)
class SealedTable:
    """A table with sealed columns: their names with the purpose that is bound in."""

    table: Table
    of_place: Mapping[str, str]
    of_person: Mapping[str, str]

    @property
    def name(self) -> str:
        """The table's name."""
        return self.table.name

    @property
    def key(self) -> list[str]:
        """The names of the primary key's columns."""
        return [each.name for each in self.table.primary_key.columns]

    def raw(self) -> TableClause:
        """Return the table with its sealed columns as bytes, nothing opened on the way."""
        sealed = {*self.of_place, *self.of_person}
        columns: list[ColumnElement[Any]] = [
            column(each.name, LargeBinary() if each.name in sealed else each.type)
            for each in self.table.columns
        ]
        return table(self.table.name, *columns, schema=self.table.schema)  # type: ignore[arg-type]

    def owner(self, row: Mapping[str, Any]) -> bytes:
        """Return whose key an opened row is to be sealed with."""
        named: Owner | None = self.table.info.get(KEY_OWNER)
        if named is not None:
            return named(row)
        owner: bytes = row["email_index"] if self.table.schema is None else row["person_id"].bytes
        return owner


def sealed_tables(kind: str) -> list[SealedTable]:
    """Return the tables with sealed columns of a kind of schema: `directory` or `shop`."""
    found = []
    for each in db.metadatas[kind].sorted_tables:
        of_place = _purposes(each, Sealed)
        of_person = _purposes(each, SealedForPerson)
        if of_place or of_person:
            found.append(SealedTable(each, of_place, of_person))
    return found


def _purposes(each: Table, kind: type[Sealed | SealedForPerson]) -> dict[str, str]:
    return {
        column.name: column.type.purpose for column in each.columns if isinstance(column.type, kind)
    }

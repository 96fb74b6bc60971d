"""Which columns are blind indexes of which, found in the tables themselves, so that none is forgotten."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, Table, and_, case, func, literal

from app.foundation.database import Scope, ShopScope, db
from app.foundation.sealing.columns import Sealed, SealedForPerson

UNNAMED = b""
NAMED_BYTES, NAME_BYTES = 36, 4
ENDING = "_index"
OTHER = "other_index"


@dataclass(frozen=True, slots=True)
class IndexedTable:
    """A table whose rows are found by a sealed column's blind index; its key is one column."""

    table: Table
    index: Column[bytes]
    plain: Column[str]

    @property
    def key(self) -> Column[Any]:
        """The primary key's only column."""
        (column,) = self.table.primary_key.columns
        return column

    @property
    def has_other(self) -> bool:
        """Whether the index under the other valid key stands beside it."""
        return OTHER in self.table.columns


def index_name(index: Any) -> ColumnElement[bytes]:
    """Say in SQL with which key an index was made: the four bytes before it, or none."""
    named = func.octet_length(index) == NAMED_BYTES
    return case((named, func.substring(index, 1, NAME_BYTES)), else_=literal(UNNAMED))


def is_behind(index: Any, name: bytes) -> ColumnElement[bool]:
    """Say which rows have an index, and not of the key of this name."""
    return and_(func.octet_length(index) > 0, index_name(index) != name)


def indexed_tables(scope: Scope) -> list[IndexedTable]:
    """Return the tables of a place with an index beside the sealed column that it is of."""
    kind = "shop" if isinstance(scope, ShopScope) else "directory"
    return [
        IndexedTable(table, column, plain)
        for table in db.metadatas[kind].sorted_tables
        for column in table.columns
        if (plain := _plain_of(table, column)) is not None
    ]


def _plain_of(table: Table, column: Column[Any]) -> Column[Any] | None:
    plain = table.columns.get(column.name.removesuffix(ENDING))
    if plain is None or plain is column:
        return None
    return plain if isinstance(plain.type, Sealed | SealedForPerson) else None

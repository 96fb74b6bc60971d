"""The two types of sealed columns: text in Python, AES-256-GCM in the database."""

from contextvars import ContextVar
from typing import Any

from sqlalchemy import (
    FromClause,
    LargeBinary,
    Table,
    case,
    func,
    literal_column,
    select,
    type_coerce,
)
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.types import TypeDecorator

from app.foundation.sealing import formats
from app.foundation.sealing.people import ForPerson
from app.foundation.sealing.places import UnitKeys, key_table

unit_keys: ContextVar[UnitKeys] = ContextVar("unit_keys")
"""The keys of the open unit of work; LookupError outside of one."""


class Sealed(TypeDecorator[str]):
    """A column under the key of its place (the directory, or the shop)."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, purpose: str) -> None:
        super().__init__()
        self.purpose = purpose

    def process_bind_param(self, value: str | None, dialect: Any) -> bytes | None:  # noqa: ARG002
        """Encrypt on the way in."""
        return None if value is None else unit_keys.get().seal(value, purpose=self.purpose)

    def process_result_value(self, value: Any, dialect: Any) -> str | None:  # noqa: ARG002
        """Decrypt on the way out."""
        return None if value is None else unit_keys.get().open(bytes(value), purpose=self.purpose)


class SealedForPerson(TypeDecorator[str]):
    """A column under a person's key, which the column `key_id` of the same row names.

    Written with `key_for(...).seal(text)` and the key's id beside it. Read as text, or as None once
    the key is destroyed. The key comes with the value, in the same statement: the column's own
    select puts the wrapped key in front of it.
    """

    impl = LargeBinary
    cache_ok = True

    def __init__(self, purpose: str) -> None:
        super().__init__()
        self.purpose = purpose

    def column_expression(self, column: ColumnElement[str]) -> ColumnElement[Any]:
        """Select the value with its wrapped key in front (nothing in front of the first release's)."""
        table: Any = column.table
        keys = _keys_beside(table)
        return type_coerce(with_its_key(type_coerce(column, LargeBinary), table, keys), self)

    def process_bind_param(
        self, value: Any, dialect: Any  # noqa: ARG002
    ) -> bytes | None:  # fmt: skip
        """Encrypt on the way in. Raises TypeError for a text that comes without a person's key."""
        if value is None:
            return None
        if not isinstance(value, ForPerson):
            raise TypeError(f"{self.purpose}: seal it with the person's key: key_for(...).seal()")
        return value.sealed(self.purpose)

    def process_result_value(self, value: Any, dialect: Any) -> str | None:  # noqa: ARG002
        """Decrypt on the way out."""
        if value is None:
            return None
        return unit_keys.get().open_for_person(bytes(value), purpose=self.purpose)


def with_its_key(value: ColumnElement[Any], table: FromClause, keys: Table) -> ColumnElement[Any]:
    """Put a value's wrapped key in front of it, in SQL.

    Nothing is in front where the row names no key yet, and where the key is destroyed. A key that
    the statement does not see (its row came after the statement began) is marked: no reader may
    take that for destroyed.
    """
    wrapped = (
        select(keys.c.wrapped).where(keys.c.id == table.c.key_id).correlate(table).scalar_subquery()
    )
    seen = func.coalesce(wrapped, literal_column(f"'{formats.UNSEEN_MARK.decode()}'::bytea"))
    front = case((table.c.key_id.is_(None), literal_column("''::bytea")), else_=seen)
    return front.op("||")(value)


def _keys_beside(table: Any) -> Table:
    """Return the table of people's keys in the schema of a table or of its alias."""
    while not isinstance(table, Table):
        table = table.element
    return (
        key_table("shop", "sealing_key")
        if table.schema is None
        else key_table("directory", "person_key")
    )

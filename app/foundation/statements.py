"""Statements that are built once and sent again and again: building costs more than sending.

The databases' tables are named in them, never a shop: which shop is meant is bound with the
transaction.
"""

from functools import cache
from typing import Any

from sqlalchemy import Insert, bindparam, column, func, insert, select
from sqlalchemy.dialects.postgresql import JSONB


@cache
def insertion(table: Any) -> Insert:
    """Return the statement that inserts a row; its values are sent with it, by column."""
    return insert(table).inline()


@cache
def insertion_of_list(table: Any, *names: str, parameter: str) -> Insert:
    """Return the statement that inserts a whole list of rows at once, none where it is empty.

    The rows are sent as one value under `parameter`, as dictionaries of JSON values with these
    `names`: texts for ids and instants.
    """
    columns = (table.__table__.c[name] for name in names)
    listed = func.jsonb_to_recordset(bindparam(parameter, type_=JSONB)).table_valued(
        *(column(each.name, each.type) for each in columns)
    )
    rows = listed.render_derived(name=f"listed_{parameter}", with_types=True)
    return insert(table).from_select(names, select(rows)).inline()

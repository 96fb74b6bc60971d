"""Changing the root key: the keys of places are wrapped anew, one at a time.

The key store is asked between transactions, never inside one. What a place's key sealed stays as it
is: nothing else has to be changed, and readers notice nothing.
"""

from typing import Any

from sqlalchemy import Table, select, update

from app.foundation.database import DIRECTORY, PlatformScope, cell_names, directory_scope
from app.foundation.ports import KeyStore, WrappedKey, port
from app.foundation.sealing.places import key_table
from app.foundation.unit_of_work import unit_of_work


def wrap_places_anew() -> int:
    """Wrap every place's key with the current root key; return how many were not."""
    count = sum(_wrap_row(scope, row) for scope in _key_scopes() for row in _rows_behind(scope))
    if count:
        with unit_of_work(directory_scope()) as unit:
            unit.audit(
                actor="operator", action="change_root_key", object_kind="key",
                object_id=port(KeyStore).current, count=count,
            )  # fmt: skip
    return count


def count_places_behind() -> int:
    """Count the versions of places' keys that another root key wraps than the current one."""
    return sum(len(_rows_behind(scope)) for scope in _key_scopes())


def list_roots_in_use() -> set[str]:
    """Return the names of the root keys without which some place could not be opened."""
    names: set[str] = set()
    for scope in _key_scopes():
        with unit_of_work(scope) as unit:
            names.update(unit.connection.execute(select(_table(scope).c.root_name)).scalars())
    return names


def _key_scopes() -> list[PlatformScope]:
    """Return where keys of places stand: the directory, and every cell for its shops."""
    return [directory_scope(), *(PlatformScope(cell, "platform_jobs") for cell in cell_names())]


def _table(scope: PlatformScope) -> Table:
    if scope.database == DIRECTORY:
        return key_table("directory", "directory_key")
    return key_table("platform", "shop_key")


def _rows_behind(scope: PlatformScope) -> list[Any]:
    table, current = _table(scope), port(KeyStore).current
    with unit_of_work(scope) as unit:
        return list(
            unit.connection.execute(select(table).where(table.c.root_name != current)).all()
        )


def _wrap_row(scope: PlatformScope, row: Any) -> bool:
    store, table = port(KeyStore), _table(scope)
    place = DIRECTORY if scope.database == DIRECTORY else row.shop
    key = store.unwrap(WrappedKey(row.root_name, row.wrapped), place=place)
    kept = store.wrap(key, place=place)
    mine = [] if place == DIRECTORY else [table.c.shop == place]
    with unit_of_work(scope) as unit:
        changed = unit.connection.execute(
            update(table)
            .where(*mine, table.c.version == row.version, table.c.wrapped == row.wrapped)
            .values(wrapped=kept.wrapped, root_name=kept.root_name)
            .returning(table.c.version)
        )
        return changed.first() is not None

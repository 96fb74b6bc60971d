"""Erasing a shop whole: its schema, its keys, its messages, who worked there. The books stay.

The journals and the log name the shop by its schema's name only, and are kept as tax law and
SEC-012 ask. A schema's number is never used again. Run with a superuser's address.
"""

import psycopg
from psycopg import sql

from app.foundation.database import DIRECTORY, db
from tenants.bootstrap import DatabaseServer
from tenants.resolution import ShopRecord

FORGOTTEN_IN_PLATFORM = (
    "outbox_delivery", "outbox", "consumed", "feature_flag", "shop_key", "shop_migration",
    "unanswered", "person_place",
)  # fmt: skip
"""Messages, switches, what has no answer, and the key without which a copy of the schema cannot be read."""
KEPT_IN_DIRECTORY = frozenset({"erasure_place", "webhook_message"})
"""Where the erased stood, by id; and that a provider's message came, without what it said."""


def erase_shop_data(server: DatabaseServer, shop: ShopRecord) -> None:
    """Remove everything of a shop but its books and its log; again is harmless.

    The caller has marked the shop as erased, so that nothing enters its schema any more.
    """
    with psycopg.connect(server.superuser_dsn(shop.cell)) as cell:
        cell.execute(
            sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(shop.schema))
        )
        for name in FORGOTTEN_IN_PLATFORM:
            cell.execute(
                sql.SQL("DELETE FROM platform.{} WHERE shop = %s").format(sql.Identifier(name)),
                [shop.schema],
            )
        cell.execute(sql.SQL("REVOKE {} FROM binder").format(sql.Identifier(shop.schema)))
    with psycopg.connect(server.superuser_dsn(DIRECTORY)) as directory:
        directory.execute(
            "UPDATE directory.webhook_message SET body = NULL WHERE shop_id = %s", [shop.id]
        )
        _delete_all(directory, _tables_of_shops(), shop)
        directory.execute(
            "UPDATE directory.schema_number SET state = 'dropped' WHERE number = %s",
            [int(shop.schema.removeprefix("t_"))],
        )


def _tables_of_shops() -> list[str]:
    return sorted(
        table.name
        for table in db.metadatas["directory"].tables.values()
        if "shop_id" in table.columns and table.name not in KEPT_IN_DIRECTORY
    )


def _delete_all(connection: psycopg.Connection, names: list[str], shop: ShopRecord) -> None:
    """Delete a shop's rows of these tables, those that others point to after those others."""
    waiting = names
    while waiting:
        left = [name for name in waiting if not _delete(connection, name, shop)]
        if left == waiting:
            raise RuntimeError(f"rows of {', '.join(left)} are pointed to by something that stays")
        waiting = left


def _delete(connection: psycopg.Connection, name: str, shop: ShopRecord) -> bool:
    try:
        with connection.transaction():
            connection.execute(
                sql.SQL("DELETE FROM directory.{} WHERE shop_id = %s").format(sql.Identifier(name)),
                [shop.id],
            )
    except psycopg.errors.ForeignKeyViolation:
        return False
    return True

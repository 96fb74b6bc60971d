"""Whose rows stand in this shop is noted beside the books, for the export and the erasure of a person."""

from alembic import op

revision = "0026_person_places"
down_revision = "0025_unanswered"
branch_labels = None
depends_on = None

PLACES = (
    ("customer", "person_id", "id", "uuid_send(person_id)"),
    ("cart", "person_id", "id", "uuid_send(person_id)"),
    ("order_contact", "email_index", "order_id", "email_index"),
    ("sealing_key", "owner", "id", "owner"),
)
"""The table, its column that says whose a row is, its key, and whose it is in bytes."""


def upgrade() -> None:
    for table, column, key, owner in PLACES:
        op.execute(
            f"CREATE OR REPLACE TRIGGER {table}_place"
            f" AFTER INSERT OR DELETE OR UPDATE OF {column} ON {table} FOR EACH ROW"
            " EXECUTE FUNCTION platform.note_person_place()"
        )
        op.execute(
            "INSERT INTO platform.person_place (shop, kind, id, owner)"
            f" SELECT current_schema(), '{table}', {key}, {owner} FROM {table}"
            f" WHERE octet_length({owner}) >= 16 ON CONFLICT DO NOTHING"
        )

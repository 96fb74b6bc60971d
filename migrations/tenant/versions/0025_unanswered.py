"""What has no answer of the provider yet is noted beside the books, for the platform's finance."""

from alembic import op

revision = "0025_unanswered"
down_revision = "0024_declined_cards"
branch_labels = None
depends_on = None

ASKED = (("seller_transfer", "transfer", "planned_at"), ("transfer_reversal", "reversal", "planned_at"),
         ("refund", "refund", "asked_at"))  # fmt: skip


def upgrade() -> None:
    for table, kind, since in ASKED:
        op.execute(
            f"CREATE OR REPLACE TRIGGER {table}_unanswered"
            f" AFTER INSERT OR UPDATE OF state, look_at ON {table} FOR EACH ROW"
            f" EXECUTE FUNCTION platform.note_unanswered('{kind}', '{since}')"
        )
        op.execute(
            f"UPDATE {table} SET look_at = look_at"
            " WHERE state IN ('planned', 'asked', 'unknown', 'pending')"
        )

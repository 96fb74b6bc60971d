"""Answers to repeated requests: written with their effect, emptied after 30 days."""

from alembic import op

revision = "0014_idempotent_answers"
down_revision = "0013_search"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        ALTER TABLE idempotency_key DROP COLUMN state, DROP COLUMN finished_at;
        CREATE INDEX idempotency_key_kept_index ON idempotency_key (started_at)
          WHERE body IS NOT NULL;
        """
    )

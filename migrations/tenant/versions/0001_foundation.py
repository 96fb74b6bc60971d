"""The answers to requests that may be sent again."""

from alembic import op

revision = "0001_foundation"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE idempotency_key (
          key text PRIMARY KEY, fingerprint text NOT NULL,
          state text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'finished')),
          status integer, body bytea,
          started_at timestamptz NOT NULL, finished_at timestamptz);
        """
    )

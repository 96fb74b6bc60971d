"""Challenges that were answered, so that each answer counts once."""

from alembic import op

revision = "0009_spent_challenges"
down_revision = "0008_privacy"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE spent_challenge (
          id text PRIMARY KEY CHECK (length(id) BETWEEN 16 AND 128),
          expires_at timestamptz NOT NULL);
        CREATE INDEX spent_challenge_expiry_index ON spent_challenge (expires_at);
        GRANT SELECT, INSERT, UPDATE, DELETE ON spent_challenge TO directory_app;
        """
    )

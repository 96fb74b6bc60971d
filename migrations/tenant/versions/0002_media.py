"""Pictures and where they come from."""

from alembic import op

revision = "0002_media"
down_revision = "0001_foundation"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE media_file (
          id uuid PRIMARY KEY, source text NOT NULL UNIQUE,
          state text NOT NULL CHECK (state IN ('waiting', 'ready', 'missing')),
          content_hash text NOT NULL DEFAULT '', width integer NOT NULL DEFAULT 0,
          height integer NOT NULL DEFAULT 0, attempts integer NOT NULL DEFAULT 0,
          next_at timestamptz, changed_at timestamptz NOT NULL);
        CREATE INDEX media_file_due_index ON media_file (next_at) WHERE state <> 'ready';
        CREATE INDEX media_file_hash_index ON media_file (content_hash);
        """
    )

"""The shop's profile: one row."""

from alembic import op

revision = "0003_content"
down_revision = "0002_media"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE shop_profile (
          id smallint PRIMARY KEY DEFAULT 1 CHECK (id = 1),
          texts jsonb NOT NULL DEFAULT '{}', pictures jsonb NOT NULL DEFAULT '{}',
          contact_email text NOT NULL DEFAULT '', catalogue_version bigint NOT NULL DEFAULT 1,
          changed_at timestamptz NOT NULL);
        """
    )

"""Which bank account a connected account pays out to, as the provider's id."""

from alembic import op

revision = "0019_bank_account"
down_revision = "0018_sealing_keys"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE connected_account ADD COLUMN destination text NOT NULL DEFAULT ''")

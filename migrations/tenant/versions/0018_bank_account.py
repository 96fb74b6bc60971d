"""Which bank account a connected account pays out to, as the provider's id."""

from alembic import op

revision = "0018_bank_account"
down_revision = "0017_customers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE connected_account ADD COLUMN destination text NOT NULL DEFAULT ''")

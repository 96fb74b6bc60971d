"""How many cards a payment has met that were declined, and whether a challenge comes before it."""

from alembic import op

revision = "0024_declined_cards"
down_revision = "0023_collections_by_hand"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        ALTER TABLE payment ADD COLUMN declines integer NOT NULL DEFAULT 0,
          ADD COLUMN needs_challenge boolean NOT NULL DEFAULT false,
          ADD CONSTRAINT payment_declines_check CHECK (declines >= 0),
          ADD CONSTRAINT payment_challenge_check CHECK (NOT needs_challenge OR provider_id = '');
        """
    )

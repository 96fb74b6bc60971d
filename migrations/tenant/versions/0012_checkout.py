"""Checkouts, and mails that were sent."""

from alembic import op

revision = "0012_checkout"
down_revision = "0011_fulfilment"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE checkout (
          cart_id uuid PRIMARY KEY, details bytea, shipping_option_id uuid, order_id uuid,
          fingerprint text NOT NULL DEFAULT '', changed_at timestamptz NOT NULL);
        CREATE INDEX checkout_order_index ON checkout (order_id) WHERE order_id IS NOT NULL;
        CREATE TABLE sent_message (
          kind text NOT NULL, subject_id uuid NOT NULL,
          state text NOT NULL CHECK (state IN ('writing', 'sent')),
          written_at timestamptz NOT NULL, sent_at timestamptz, PRIMARY KEY (kind, subject_id));
        """
    )

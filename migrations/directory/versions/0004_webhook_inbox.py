"""The one webhook inbox."""

from alembic import op

revision = "0004_webhook_inbox"
down_revision = "0003_accounts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE webhook_message (
          id uuid PRIMARY KEY, provider text NOT NULL, provider_id text NOT NULL, kind text NOT NULL,
          object_id text NOT NULL, shop_id uuid, payment_id uuid, body bytea,
          state text NOT NULL DEFAULT 'received'
            CHECK (state IN ('received', 'applied', 'ignored')),
          times_applied integer NOT NULL DEFAULT 0,
          received_at timestamptz NOT NULL, applied_at timestamptz,
          UNIQUE (provider, provider_id));
        CREATE INDEX webhook_message_received_index ON webhook_message (received_at);
        GRANT SELECT, INSERT, UPDATE ON webhook_message TO directory_app;
        """
    )

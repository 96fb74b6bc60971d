"""Payments that were begun, with fingerprints of from where, to see who tries out stolen cards."""

from alembic import op

revision = "0017_payment_starts"
down_revision = "0016_erased_shops"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE payment_start (
          payment_id uuid PRIMARY KEY, basket_id uuid NOT NULL,
          address_hash bytea NOT NULL CHECK (length(address_hash) = 32),
          network_hash bytea NOT NULL CHECK (length(network_hash) = 32),
          declines integer NOT NULL DEFAULT 0 CHECK (declines >= 0),
          begun_at timestamptz NOT NULL, changed_at timestamptz NOT NULL,
          CHECK (changed_at >= begun_at));
        CREATE INDEX payment_start_basket_index ON payment_start (basket_id, begun_at);
        CREATE INDEX payment_start_address_index ON payment_start (address_hash)
          WHERE declines > 0;
        CREATE INDEX payment_start_network_index ON payment_start (network_hash)
          WHERE declines > 0;
        CREATE INDEX payment_start_declined_index ON payment_start (changed_at)
          WHERE declines > 0;
        CREATE INDEX payment_start_change_index ON payment_start (changed_at);
        GRANT SELECT, INSERT, UPDATE, DELETE ON payment_start TO directory_app;
        """
    )

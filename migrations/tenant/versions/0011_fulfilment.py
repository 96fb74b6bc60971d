"""Shipping options by zone."""

from alembic import op

revision = "0011_fulfilment"
down_revision = "0010_orders"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE shipping_option (
          id uuid PRIMARY KEY, names jsonb NOT NULL, countries text[] NOT NULL,
          price bigint NOT NULL CHECK (price >= 0), free_from bigint,
          days_least smallint NOT NULL, days_most smallint NOT NULL,
          position smallint NOT NULL, is_active boolean NOT NULL DEFAULT true,
          CHECK (0 <= days_least AND days_least <= days_most));
        """
    )

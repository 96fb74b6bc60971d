"""Baskets and their lines."""

from alembic import op

revision = "0009_cart"
down_revision = "0007_inventory"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE cart (
          id uuid PRIMARY KEY, token_hash bytea NOT NULL UNIQUE,
          state text NOT NULL CHECK (state IN ('open', 'ordered')),
          person_id uuid, created_at timestamptz NOT NULL, touched_at timestamptz NOT NULL);
        CREATE INDEX cart_person_index ON cart (person_id) WHERE person_id IS NOT NULL;
        CREATE TABLE cart_line (
          cart_id uuid NOT NULL REFERENCES cart (id) ON DELETE CASCADE, variant_id uuid NOT NULL,
          quantity integer NOT NULL CHECK (quantity BETWEEN 1 AND 99),
          price_seen bigint NOT NULL, added_at timestamptz NOT NULL,
          PRIMARY KEY (cart_id, variant_id));
        """
    )

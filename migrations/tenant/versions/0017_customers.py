"""Customers with their name and their answers; an order may belong to one; one open basket a person."""

from alembic import op

revision = "0017_customers"
down_revision = "0016_settlement"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        ALTER TABLE customer
          ALTER COLUMN person_id SET NOT NULL,
          ADD COLUMN name bytea NOT NULL, ADD COLUMN changed_at timestamptz NOT NULL,
          DROP CONSTRAINT customer_email_index_key;
        CREATE INDEX customer_email_index ON customer (email_index);
        CREATE INDEX customer_created_index ON customer (created_at, id);
        CREATE TABLE customer_consent (
          id uuid PRIMARY KEY,
          customer_id uuid NOT NULL REFERENCES customer (id) ON DELETE CASCADE,
          purpose text NOT NULL CHECK (purpose IN ('shop_news')), is_given boolean NOT NULL,
          wording text NOT NULL, place text NOT NULL, happened_at timestamptz NOT NULL);
        CREATE INDEX customer_consent_index ON customer_consent (customer_id, purpose, happened_at);
        CREATE TRIGGER customer_consent_is_kept BEFORE UPDATE ON customer_consent
          FOR EACH ROW EXECUTE FUNCTION platform.keep_as_written();
        ALTER TABLE shop_order ADD COLUMN customer_id uuid;
        CREATE INDEX shop_order_customer_index ON shop_order (customer_id, placed_at)
          WHERE customer_id IS NOT NULL;
        CREATE UNIQUE INDEX cart_of_person_index ON cart (person_id)
          WHERE state = 'open' AND person_id IS NOT NULL;
        """
    )

"""Orders, lines as sold, sealed contacts, events."""

from alembic import op

revision = "0010_orders"
down_revision = "0009_cart"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE shop_order (
          id uuid PRIMARY KEY, number text NOT NULL UNIQUE,
          origin text NOT NULL, payment_state text NOT NULL, fulfilment_state text NOT NULL,
          currency text NOT NULL, subtotal bigint NOT NULL, shipping bigint NOT NULL,
          tax bigint NOT NULL, total bigint NOT NULL, tax_percent numeric(5, 2) NOT NULL,
          shipping_name text NOT NULL, country text NOT NULL, language text NOT NULL,
          merchant_of_record text NOT NULL, tax_liable text NOT NULL,
          placed_at timestamptz NOT NULL, confirmed_at timestamptz, changed_at timestamptz NOT NULL,
          CHECK (total = subtotal + shipping), CHECK (tax BETWEEN 0 AND total));
        CREATE INDEX shop_order_placed_index ON shop_order (placed_at);
        CREATE TABLE order_line (
          order_id uuid NOT NULL REFERENCES shop_order (id), line smallint NOT NULL,
          variant_id uuid NOT NULL, title text NOT NULL, variant_title text NOT NULL,
          sku text NOT NULL, picture jsonb, quantity integer NOT NULL CHECK (quantity > 0),
          unit_price bigint NOT NULL, total bigint NOT NULL, tax bigint NOT NULL,
          CHECK (total = unit_price * quantity), PRIMARY KEY (order_id, line));
        CREATE TABLE order_contact (
          order_id uuid PRIMARY KEY REFERENCES shop_order (id), email bytea NOT NULL,
          email_index bytea NOT NULL, address bytea NOT NULL);
        CREATE INDEX order_contact_email_index ON order_contact (email_index);
        CREATE TABLE order_link (
          token_hash bytea PRIMARY KEY, order_id uuid NOT NULL REFERENCES shop_order (id),
          made_at timestamptz NOT NULL);
        CREATE TABLE order_event (
          id uuid PRIMARY KEY, order_id uuid NOT NULL REFERENCES shop_order (id), event text NOT NULL,
          facts jsonb NOT NULL DEFAULT '{}', happened_at timestamptz NOT NULL);
        CREATE INDEX order_event_order_index ON order_event (order_id);
        CREATE TRIGGER order_payment_transition BEFORE UPDATE OF payment_state ON shop_order
          FOR EACH ROW EXECUTE FUNCTION platform.refuse_unlisted_transition('payment_state',
            'awaiting_payment>authorised', 'awaiting_payment>confirmed', 'awaiting_payment>cancelled',
            'awaiting_payment>refunded', 'authorised>confirmed', 'authorised>cancelled',
            'confirmed>refunded');
        CREATE TRIGGER order_fulfilment_transition BEFORE UPDATE OF fulfilment_state ON shop_order
          FOR EACH ROW EXECUTE FUNCTION platform.refuse_unlisted_transition('fulfilment_state',
            'waiting>ready', 'ready>shipped', 'shipped>delivered', 'delivered>released');
        """
    )

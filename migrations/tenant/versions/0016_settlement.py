"""Shipments, refunds, transfers to the seller and their reversals."""

from alembic import op

revision = "0016_settlement"
down_revision = "0015_stock_location_position"
branch_labels = None
depends_on = None

REFUND_STEPS = """
asked>unknown asked>pending asked>succeeded asked>refused unknown>pending unknown>succeeded
unknown>refused pending>succeeded pending>failed succeeded>failed
""".split()
TRANSFER_STEPS = "planned>unknown planned>done planned>refused unknown>done unknown>refused".split()
FULFILMENT_STEPS = """
waiting>ready ready>shipped shipped>ready shipped>delivered delivered>released
""".split()


def _follow(table: str, column: str, steps: list[str]) -> None:
    listed = ", ".join(f"'{step}'" for step in steps)
    op.execute(
        f"CREATE OR REPLACE TRIGGER {table}_transition BEFORE UPDATE OF {column} ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION platform.refuse_unlisted_transition('{column}', {listed})"
    )


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE shipment (
          id uuid PRIMARY KEY, order_id uuid NOT NULL, carrier text NOT NULL,
          tracking_number text NOT NULL, sent_by text NOT NULL, sent_at timestamptz NOT NULL,
          announced_at timestamptz, undone_at timestamptz,
          CHECK (announced_at IS NULL OR undone_at IS NULL));
        CREATE INDEX shipment_order_index ON shipment (order_id);
        CREATE INDEX shipment_unannounced_index ON shipment (sent_at)
          WHERE announced_at IS NULL AND undone_at IS NULL;
        CREATE TABLE shipment_line (
          shipment_id uuid NOT NULL REFERENCES shipment (id), line smallint NOT NULL,
          quantity integer NOT NULL CHECK (quantity > 0), PRIMARY KEY (shipment_id, line));
        CREATE INDEX shop_order_under_way_index ON shop_order (fulfilment_state)
          WHERE fulfilment_state IN ('shipped', 'delivered');
        DROP TRIGGER order_fulfilment_transition ON shop_order;

        ALTER TABLE payment ADD COLUMN refunding bigint NOT NULL DEFAULT 0,
          ADD CONSTRAINT payment_refunds_check
            CHECK (refunding >= 0 AND refunded + refunding <= captured);
        CREATE TABLE refund (
          id uuid PRIMARY KEY, payment_id uuid NOT NULL REFERENCES payment (id),
          subject_id uuid NOT NULL, state text NOT NULL, currency text NOT NULL,
          amount bigint NOT NULL CHECK (amount > 0), tax bigint NOT NULL DEFAULT 0,
          reason text NOT NULL, pieces jsonb NOT NULL DEFAULT '{}', asked_by text NOT NULL,
          provider_id text NOT NULL DEFAULT '', failure text NOT NULL DEFAULT '',
          look_at timestamptz, asked_at timestamptz NOT NULL, changed_at timestamptz NOT NULL,
          CHECK (tax BETWEEN 0 AND amount));
        CREATE INDEX refund_payment_index ON refund (payment_id);
        CREATE INDEX refund_subject_index ON refund (subject_id);
        CREATE INDEX refund_look_index ON refund (look_at) WHERE look_at IS NOT NULL;

        CREATE TABLE seller_transfer (
          id uuid PRIMARY KEY, subject_id uuid NOT NULL, state text NOT NULL,
          currency text NOT NULL, amount bigint NOT NULL CHECK (amount > 0),
          reversed bigint NOT NULL DEFAULT 0 CHECK (reversed BETWEEN 0 AND amount),
          account_id text NOT NULL, charge_id text NOT NULL,
          provider_id text NOT NULL DEFAULT '', failure text NOT NULL DEFAULT '',
          look_at timestamptz, planned_at timestamptz NOT NULL, changed_at timestamptz NOT NULL);
        CREATE INDEX seller_transfer_subject_index ON seller_transfer (subject_id);
        CREATE UNIQUE INDEX seller_transfer_open_index ON seller_transfer (subject_id)
          WHERE state IN ('planned', 'unknown');
        CREATE INDEX seller_transfer_look_index ON seller_transfer (look_at)
          WHERE look_at IS NOT NULL;
        CREATE TABLE transfer_reversal (
          id uuid PRIMARY KEY, transfer_id uuid NOT NULL REFERENCES seller_transfer (id),
          subject_id uuid NOT NULL, refund_id uuid NOT NULL REFERENCES refund (id),
          state text NOT NULL, currency text NOT NULL, amount bigint NOT NULL CHECK (amount > 0),
          provider_id text NOT NULL DEFAULT '', failure text NOT NULL DEFAULT '',
          look_at timestamptz, planned_at timestamptz NOT NULL, changed_at timestamptz NOT NULL,
          UNIQUE (transfer_id, refund_id));
        CREATE INDEX transfer_reversal_subject_index ON transfer_reversal (subject_id);
        CREATE INDEX transfer_reversal_look_index ON transfer_reversal (look_at)
          WHERE look_at IS NOT NULL;
        """
    )
    _follow("shop_order", "fulfilment_state", FULFILMENT_STEPS)
    _follow("refund", "state", REFUND_STEPS)
    _follow("seller_transfer", "state", TRANSFER_STEPS)
    _follow("transfer_reversal", "state", TRANSFER_STEPS)

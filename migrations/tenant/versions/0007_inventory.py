"""Stock by location with its floor, and holds."""

from alembic import op

revision = "0007_inventory"
down_revision = "0006_payments"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE stock_location (id uuid PRIMARY KEY, name text NOT NULL, position integer NOT NULL);
        CREATE TABLE stock (
          variant_id uuid NOT NULL, location_id uuid NOT NULL REFERENCES stock_location (id),
          on_hand integer NOT NULL CHECK (on_hand >= 0 OR backorder_limit > 0),
          held integer NOT NULL DEFAULT 0 CHECK (held >= 0),
          backorder_limit integer NOT NULL DEFAULT 0 CHECK (backorder_limit >= 0),
          CONSTRAINT stock_floor_check CHECK (on_hand - held >= -backorder_limit),
          PRIMARY KEY (variant_id, location_id)) WITH (fillfactor = 80);
        CREATE TABLE hold (
          id uuid PRIMARY KEY, subject_id uuid NOT NULL,
          variant_id uuid NOT NULL, location_id uuid NOT NULL, quantity integer NOT NULL CHECK (quantity > 0),
          state text NOT NULL CHECK (state IN ('held', 'claimed', 'released')),
          expires_at timestamptz NOT NULL, ended_at timestamptz);
        CREATE UNIQUE INDEX hold_live_index ON hold (subject_id, variant_id, location_id)
          WHERE state = 'held';
        CREATE INDEX hold_due_index ON hold (expires_at) WHERE state = 'held';
        CREATE TRIGGER hold_transition BEFORE UPDATE OF state ON hold FOR EACH ROW
          EXECUTE FUNCTION platform.refuse_unlisted_transition('state', 'held>claimed', 'held>released');
        """
    )

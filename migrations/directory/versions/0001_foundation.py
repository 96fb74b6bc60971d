"""The directory's own outbox, deliveries, consumed marks and audit."""

from alembic import op

revision = "0001_foundation"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE directory_outbox (
          shop text COLLATE "C" NOT NULL DEFAULT current_user,
          id uuid NOT NULL, event text NOT NULL, payload jsonb NOT NULL,
          trace text NOT NULL DEFAULT '', recorded_at timestamptz NOT NULL,
          PRIMARY KEY (shop, id));
        CREATE TABLE directory_delivery (
          shop text COLLATE "C" NOT NULL DEFAULT current_user,
          event_id uuid NOT NULL, reaction text NOT NULL, queue text NOT NULL,
          state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'done', 'dead')),
          attempts integer NOT NULL DEFAULT 0, next_at timestamptz NOT NULL,
          last_error text NOT NULL DEFAULT '',
          PRIMARY KEY (shop, event_id, reaction));
        CREATE INDEX directory_delivery_due_index ON directory_delivery (next_at)
          WHERE state IN ('waiting', 'sent');
        CREATE TABLE directory_consumed (
          shop text COLLATE "C" NOT NULL DEFAULT current_user,
          event_id uuid NOT NULL, reaction text NOT NULL, consumed_at timestamptz NOT NULL,
          PRIMARY KEY (shop, event_id, reaction));
        CREATE TABLE directory_audit (
          shop text COLLATE "C" NOT NULL DEFAULT current_user,
          id uuid NOT NULL, actor text NOT NULL, action text NOT NULL, object_kind text NOT NULL,
          object_id text NOT NULL, fields jsonb NOT NULL DEFAULT '{}', trace text NOT NULL DEFAULT '',
          recorded_at timestamptz NOT NULL,
          PRIMARY KEY (shop, id));
        GRANT USAGE ON SCHEMA directory TO directory_app;
        GRANT SELECT, INSERT, UPDATE, DELETE ON directory_outbox, directory_delivery, directory_consumed
          TO directory_app;
        GRANT SELECT, INSERT ON directory_audit TO directory_app;
        """
    )

"""The cell's outbox, deliveries, consumed marks, audit and switches, fenced by row policies."""

from alembic import op

revision = "0001_foundation"
down_revision = None
branch_labels = None
depends_on = None

FENCED = ("outbox", "outbox_delivery", "consumed", "audit")


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE outbox (
          shop text COLLATE "C" NOT NULL DEFAULT current_user,
          id uuid NOT NULL, event text NOT NULL, payload jsonb NOT NULL,
          trace text NOT NULL DEFAULT '', recorded_at timestamptz NOT NULL,
          PRIMARY KEY (shop, id));
        CREATE TABLE outbox_delivery (
          shop text COLLATE "C" NOT NULL DEFAULT current_user,
          event_id uuid NOT NULL, reaction text NOT NULL, queue text NOT NULL,
          state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'done', 'dead')),
          attempts integer NOT NULL DEFAULT 0, next_at timestamptz NOT NULL,
          last_error text NOT NULL DEFAULT '',
          PRIMARY KEY (shop, event_id, reaction));
        CREATE INDEX outbox_delivery_due_index ON outbox_delivery (next_at)
          WHERE state IN ('waiting', 'sent');
        CREATE TABLE consumed (
          shop text COLLATE "C" NOT NULL DEFAULT current_user,
          event_id uuid NOT NULL, reaction text NOT NULL, consumed_at timestamptz NOT NULL,
          PRIMARY KEY (shop, event_id, reaction));
        CREATE TABLE audit (
          shop text COLLATE "C" NOT NULL DEFAULT current_user,
          id uuid NOT NULL, actor text NOT NULL, action text NOT NULL, object_kind text NOT NULL,
          object_id text NOT NULL, fields jsonb NOT NULL DEFAULT '{}', trace text NOT NULL DEFAULT '',
          recorded_at timestamptz NOT NULL,
          PRIMARY KEY (shop, id));
        CREATE TABLE feature_flag (
          shop text COLLATE "C" NOT NULL, name text NOT NULL, is_on boolean NOT NULL,
          reason text NOT NULL DEFAULT '', changed_at timestamptz NOT NULL,
          PRIMARY KEY (shop, name));
        GRANT USAGE ON SCHEMA platform TO shop, platform_jobs, platform_reader;
        GRANT SELECT, INSERT, UPDATE ON outbox_delivery TO shop;
        GRANT SELECT, INSERT ON outbox, consumed, audit TO shop;
        GRANT SELECT ON feature_flag TO shop;
        GRANT SELECT, UPDATE, DELETE ON outbox, outbox_delivery TO platform_jobs;
        GRANT SELECT, DELETE ON consumed TO platform_jobs;
        GRANT SELECT ON audit TO platform_jobs;
        GRANT SELECT, INSERT, UPDATE ON feature_flag TO platform_jobs;
        GRANT SELECT ON outbox, outbox_delivery, consumed, audit, feature_flag TO platform_reader;
        ALTER TABLE feature_flag ENABLE ROW LEVEL SECURITY;
        CREATE POLICY of_shop ON feature_flag FOR SELECT TO shop
          USING (shop = current_user OR shop = '*');
        CREATE POLICY of_platform ON feature_flag TO platform_jobs, platform_reader
          USING (true) WITH CHECK (true);
        """
    )
    for table in FENCED:
        op.execute(
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;"
            f" CREATE POLICY of_shop ON {table} TO shop"
            " USING (shop = current_user) WITH CHECK (shop = current_user);"
            f" CREATE POLICY of_platform ON {table} TO platform_jobs, platform_reader"
            " USING (true) WITH CHECK (true);"
        )

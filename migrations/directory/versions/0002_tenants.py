"""Shops, their hosts, cells and schema numbers."""

from alembic import op

revision = "0002_tenants"
down_revision = "0001_foundation"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE SEQUENCE schema_numbers AS integer;
        CREATE TABLE cell (name text PRIMARY KEY);
        CREATE TABLE schema_number (
          number integer PRIMARY KEY, cell text NOT NULL REFERENCES cell (name),
          state text NOT NULL CHECK (state IN ('building', 'spare', 'claimed', 'dropped')));
        CREATE INDEX schema_number_spare_index ON schema_number (cell, number) WHERE state = 'spare';
        CREATE TABLE shop (
          id uuid PRIMARY KEY, slug text NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9]([a-z0-9-]{1,38}[a-z0-9])$'),
          name text NOT NULL, kind text NOT NULL CHECK (kind IN ('maker', 'box', 'house')),
          state text NOT NULL DEFAULT 'opening'
            CHECK (state IN ('opening', 'open', 'suspended', 'closed')),
          cell text NOT NULL REFERENCES cell (name),
          schema_number integer NOT NULL UNIQUE REFERENCES schema_number (number),
          country text NOT NULL, currency text NOT NULL, language text NOT NULL,
          suspended_reason text NOT NULL DEFAULT '',
          created_at timestamptz NOT NULL, opened_at timestamptz, changed_at timestamptz NOT NULL);
        CREATE TABLE host (
          name text PRIMARY KEY, shop_id uuid NOT NULL REFERENCES shop (id),
          is_primary boolean NOT NULL DEFAULT false, verified_at timestamptz);
        CREATE INDEX host_shop_index ON host (shop_id);
        CREATE FUNCTION guard_shop_state() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
            ('opening', 'open'), ('opening', 'closed'), ('open', 'suspended'),
            ('suspended', 'open'), ('open', 'closed'), ('suspended', 'closed')) THEN
            RAISE EXCEPTION 'a shop does not go from % to %', OLD.state, NEW.state
              USING ERRCODE = 'check_violation';
          END IF;
          RETURN NEW;
        END $$;
        CREATE TRIGGER guard_shop_state BEFORE UPDATE OF state ON shop
          FOR EACH ROW EXECUTE FUNCTION guard_shop_state();
        GRANT SELECT ON cell TO directory_app;
        GRANT SELECT, UPDATE ON schema_number TO directory_app;
        GRANT SELECT, INSERT, UPDATE ON shop TO directory_app;
        GRANT SELECT, INSERT, UPDATE, DELETE ON host TO directory_app;
        """
    )

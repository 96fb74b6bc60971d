"""How far each shop's schema has come; and the guard that refuses unlisted transitions."""

from alembic import op

revision = "0002_shop_migration"
down_revision = "0001_foundation"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE shop_migration (
          shop text COLLATE "C" PRIMARY KEY, revision text NOT NULL, status text NOT NULL,
          attempts integer NOT NULL DEFAULT 0, last_error text NOT NULL DEFAULT '',
          finished_at timestamptz);
        GRANT SELECT ON shop_migration TO platform_jobs, platform_reader;
        -- Arguments: the column, then each allowed step as 'from>to'. Used by shops' tables, so that
        -- no shop needs a function of its own.
        CREATE FUNCTION refuse_unlisted_transition() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
          old_state text := to_jsonb(OLD) ->> TG_ARGV[0];
          new_state text := to_jsonb(NEW) ->> TG_ARGV[0];
        BEGIN
          IF old_state IS DISTINCT FROM new_state
             AND NOT (old_state || '>' || new_state) = ANY (TG_ARGV) THEN
            RAISE EXCEPTION '% does not go from % to %', TG_TABLE_NAME, old_state, new_state
              USING ERRCODE = 'check_violation';
          END IF;
          RETURN NEW;
        END $$;
        """
    )

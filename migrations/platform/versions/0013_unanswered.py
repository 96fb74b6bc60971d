"""What was asked of the provider and has no answer, of all shops of a cell in one place.

Triggers on the shops' own tables keep it: nobody writes it, so it cannot differ from them.
"""

from alembic import op

revision = "0013_unanswered"
down_revision = "0012_corrections"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE unanswered (
          shop text COLLATE "C" NOT NULL, id uuid NOT NULL,
          kind text NOT NULL CHECK (kind IN ('transfer', 'reversal', 'refund')),
          subject_id uuid NOT NULL, state text NOT NULL, currency text NOT NULL,
          amount bigint NOT NULL, since timestamptz NOT NULL,
          PRIMARY KEY (shop, kind, id));
        CREATE INDEX unanswered_since_index ON unanswered (since);
        ALTER TABLE unanswered ENABLE ROW LEVEL SECURITY;
        CREATE POLICY of_shop ON unanswered FOR SELECT TO shop USING (shop = current_user);
        CREATE POLICY of_platform ON unanswered FOR SELECT TO platform_reader USING (true);
        GRANT SELECT ON unanswered TO shop, platform_reader;
        CREATE FUNCTION note_unanswered() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
        SET search_path = platform, pg_temp AS $$
        DECLARE
          v_row jsonb := to_jsonb(NEW);
        BEGIN
          IF NEW.state IN ('planned', 'asked', 'unknown', 'pending') THEN
            INSERT INTO unanswered (shop, id, kind, subject_id, state, currency, amount, since)
              VALUES (TG_TABLE_SCHEMA, NEW.id, TG_ARGV[0], NEW.subject_id, NEW.state, NEW.currency,
                NEW.amount, (v_row ->> TG_ARGV[1])::timestamptz)
              ON CONFLICT (shop, kind, id) DO UPDATE SET state = excluded.state;
          ELSE
            DELETE FROM unanswered
              WHERE shop = TG_TABLE_SCHEMA AND kind = TG_ARGV[0] AND id = NEW.id;
          END IF;
          RETURN NULL;
        END $$;
        """.replace(":", "\\:")
    )

"""In which shops of a cell a person stands, in one place, so that nobody has to ask every shop.

Triggers on the shops' own tables keep it, one line for each of their rows, in the row's own
transaction: nobody writes it, so it cannot differ from them, and a restored cell brings its own.
"""

from alembic import op

revision = "0014_person_places"
down_revision = "0013_unanswered"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE person_place (
          shop text COLLATE "C" NOT NULL,
          kind text NOT NULL CHECK (kind IN ('customer', 'cart', 'order_contact', 'sealing_key')),
          id uuid NOT NULL,
          owner bytea NOT NULL CHECK (octet_length(owner) >= 16),
          PRIMARY KEY (shop, kind, id));
        CREATE INDEX person_place_owner_index ON person_place (owner);
        ALTER TABLE person_place ENABLE ROW LEVEL SECURITY;
        CREATE POLICY of_shop ON person_place FOR SELECT TO shop USING (shop = current_user);
        CREATE POLICY of_platform ON person_place FOR SELECT TO platform_reader USING (true);
        GRANT SELECT ON person_place TO shop, platform_reader;
        CREATE FUNCTION note_person_place() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
        SET search_path = platform, pg_temp AS $$
        DECLARE
          v_id uuid;
          v_owner bytea;
        BEGIN
          IF TG_OP = 'DELETE' THEN
            IF TG_TABLE_NAME = 'order_contact' THEN v_id := OLD.order_id;
            ELSE v_id := OLD.id; END IF;
          ELSIF TG_TABLE_NAME = 'order_contact' THEN
            v_id := NEW.order_id; v_owner := NEW.email_index;
          ELSIF TG_TABLE_NAME = 'sealing_key' THEN
            v_id := NEW.id; v_owner := NEW.owner;
          ELSE
            v_id := NEW.id; v_owner := uuid_send(NEW.person_id);
          END IF;
          IF octet_length(v_owner) >= 16 THEN
            INSERT INTO person_place (shop, kind, id, owner)
              VALUES (TG_TABLE_SCHEMA, TG_TABLE_NAME, v_id, v_owner)
              ON CONFLICT (shop, kind, id) DO UPDATE SET owner = excluded.owner;
          ELSIF TG_OP <> 'INSERT' THEN
            DELETE FROM person_place
              WHERE shop = TG_TABLE_SCHEMA AND kind = TG_TABLE_NAME AND id = v_id;
          END IF;
          RETURN NULL;
        END $$;
        """.replace(":", "\\:")
    )

"""The key of look-ups may change: an address has one account under whichever key it is written.

An account, and an open invitation of a shop, claims its address under each key that is complete. A
process that does not know one of these is refused here, in place of writing what nobody would find.
"""

from alembic import op

revision = "0021_index_keys"
down_revision = "0020_former_names"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        ALTER TABLE person ADD COLUMN other_index bytea CHECK (other_index <> email_index);
        ALTER TABLE invitation ADD COLUMN other_index bytea CHECK (other_index <> email_index),
          ADD CONSTRAINT invitation_other_check
            CHECK (other_index IS NULL OR email_index IS NOT NULL);
        ALTER TABLE erasure ADD COLUMN other_index bytea
          CHECK (other_index IS NULL OR (email_index IS NOT NULL AND other_index <> email_index));

        CREATE TABLE blind_index_key (
          name bytea PRIMARY KEY CHECK (octet_length(name) IN (0, 4)),
          is_complete boolean NOT NULL);
        CREATE TABLE address_claim (
          scope text COLLATE "C" NOT NULL, email_index bytea NOT NULL, holder uuid NOT NULL,
          PRIMARY KEY (scope, email_index));
        CREATE INDEX address_claim_holder_index ON address_claim (holder);
        GRANT SELECT, INSERT, UPDATE, DELETE ON blind_index_key TO directory_app;
        GRANT SELECT ON address_claim TO directory_app;

        CREATE FUNCTION index_key_name(bytea) RETURNS bytea LANGUAGE sql IMMUTABLE AS
          $$ SELECT CASE WHEN octet_length($1) = 36 THEN substring($1 FROM 1 FOR 4)
             WHEN $1 IS NOT NULL THEN ''::bytea END $$;

        CREATE FUNCTION check_index_keys() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
        SET search_path = directory, pg_temp AS $$
        DECLARE
          v_key record;
          v_is_known boolean := false;
          v_is_other_known boolean := false;
        BEGIN
          IF NEW.email_index IS NULL THEN
            NEW.other_index := NULL;
            RETURN NEW;
          END IF;
          IF NOT EXISTS (SELECT FROM blind_index_key) THEN
            LOCK TABLE blind_index_key IN SHARE ROW EXCLUSIVE MODE;
            INSERT INTO blind_index_key (name, is_complete)
              SELECT index_key_name(NEW.email_index), true
              WHERE NOT EXISTS (SELECT FROM blind_index_key);
          END IF;
          FOR v_key IN SELECT name, is_complete FROM blind_index_key ORDER BY name FOR SHARE LOOP
            IF v_key.is_complete
              AND v_key.name <> index_key_name(NEW.email_index)
              AND v_key.name IS DISTINCT FROM index_key_name(NEW.other_index) THEN
              RAISE EXCEPTION 'this process does not know the key of look-ups named %',
                encode(v_key.name, 'hex') USING ERRCODE = 'object_not_in_prerequisite_state',
                HINT = 'Restart it with both keys in BLIND_INDEX_KEYS (docs/keys.md).';
            END IF;
            v_is_known := v_is_known OR v_key.name = index_key_name(NEW.email_index);
            v_is_other_known := v_is_other_known
              OR v_key.name = index_key_name(NEW.other_index);
          END LOOP;
          IF NOT v_is_known AND v_is_other_known THEN
            -- Not in use yet, or let go: what everybody else looks it up by stands in front.
            NEW.email_index := NEW.other_index;
            NEW.other_index := NULL;
          ELSIF NOT v_is_other_known THEN
            NEW.other_index := NULL;
          END IF;
          RETURN NEW;
        END $$;

        CREATE FUNCTION claim_address() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
        SET search_path = directory, pg_temp AS $$
        DECLARE
          v_scope text;
        BEGIN
          IF TG_OP = 'DELETE' THEN
            DELETE FROM address_claim WHERE holder = OLD.id;
            RETURN NULL;
          END IF;
          IF TG_TABLE_NAME = 'person' THEN v_scope := 'person';
          ELSE v_scope := NEW.shop_id; END IF;
          DELETE FROM address_claim c WHERE c.holder = NEW.id
            AND c.email_index IS DISTINCT FROM NEW.email_index
            AND c.email_index IS DISTINCT FROM NEW.other_index;
          INSERT INTO address_claim (scope, email_index, holder)
            SELECT v_scope, i, NEW.id FROM unnest(ARRAY[NEW.email_index, NEW.other_index]) AS i
            WHERE i IS NOT NULL AND NOT EXISTS (SELECT FROM address_claim c
              WHERE c.scope = v_scope AND c.email_index = i AND c.holder = NEW.id)
            ORDER BY i;
          RETURN NULL;
        END $$;
        """.replace(":=", "\\:=").replace("::", "\\:\\:")
    )
    for table in ("person", "invitation"):
        scope = "'person'" if table == "person" else "shop_id\\:\\:text"
        op.execute(
            f"""
            CREATE TRIGGER {table}_index_keys BEFORE INSERT OR UPDATE OF email_index, other_index
              ON {table} FOR EACH ROW EXECUTE FUNCTION check_index_keys();
            CREATE TRIGGER {table}_claim AFTER INSERT OR UPDATE OF email_index, other_index OR DELETE
              ON {table} FOR EACH ROW EXECUTE FUNCTION claim_address();
            INSERT INTO blind_index_key (name, is_complete)
              SELECT index_key_name(email_index), true FROM {table} WHERE email_index IS NOT NULL
              LIMIT 1 ON CONFLICT DO NOTHING;
            INSERT INTO address_claim (scope, email_index, holder)
              SELECT {scope}, email_index, id FROM {table} WHERE email_index IS NOT NULL;
            """
        )

"""The directory's own key, wrapped by a root key, and a key for each person, wrapped by that."""

from alembic import op

revision = "0007_person_keys"
down_revision = "0006_audit_chain"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE directory_key (
          version integer PRIMARY KEY CHECK (version > 0), wrapped bytea NOT NULL,
          root_name text NOT NULL, renews_people boolean NOT NULL DEFAULT false,
          made_at timestamptz NOT NULL, settled_at timestamptz);
        CREATE TABLE person_key (
          id uuid PRIMARY KEY, owner bytea UNIQUE, wrapped bytea NOT NULL,
          place_version integer NOT NULL, made_version integer NOT NULL,
          made_at timestamptz NOT NULL, destroyed_at timestamptz,
          CHECK (destroyed_at IS NULL OR (wrapped = '' AND owner IS NULL)),
          CHECK (destroyed_at IS NOT NULL OR (octet_length(wrapped) = 68
            AND substring(wrapped FROM 5 FOR 4) = int4send(place_version))));
        CREATE INDEX person_key_version_index ON person_key (place_version, made_version);
        GRANT SELECT, INSERT, UPDATE, DELETE ON directory_key, person_key TO directory_app;

        CREATE FUNCTION guard_person_key() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF TG_OP = 'UPDATE' AND OLD.destroyed_at IS NOT NULL THEN
            RAISE EXCEPTION 'a destroyed key stays destroyed' USING ERRCODE = 'check_violation';
          END IF;
          IF NEW.destroyed_at IS NULL AND NOT EXISTS (
              SELECT FROM directory.directory_key k WHERE k.version = NEW.place_version) THEN
            RAISE EXCEPTION 'the key of version % is gone: a key that it wraps is lost',
              NEW.place_version USING ERRCODE = 'check_violation';
          END IF;
          RETURN NEW;
        END $$;
        CREATE TRIGGER person_key_guard BEFORE INSERT OR UPDATE ON person_key
          FOR EACH ROW EXECUTE FUNCTION guard_person_key();
        """
    )

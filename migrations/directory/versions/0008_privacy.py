"""Addresses, answers, where people deal, and who is to be erased."""

from alembic import op

revision = "0008_privacy"
down_revision = "0007_person_keys"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE person_address (
          id uuid PRIMARY KEY, person_id uuid NOT NULL REFERENCES person (id),
          key_id uuid NOT NULL REFERENCES person_key (id), address bytea NOT NULL,
          is_default boolean NOT NULL, created_at timestamptz NOT NULL,
          changed_at timestamptz NOT NULL,
          CONSTRAINT person_address_own_key_check
            CHECK (substring(address FROM 1 FOR 20) = '\\x00676b02'::bytea || uuid_send(key_id)));
        CREATE INDEX person_address_person_index ON person_address (person_id);
        CREATE UNIQUE INDEX person_address_default_index ON person_address (person_id)
          WHERE is_default;
        CREATE INDEX person_address_key_index ON person_address (key_id);

        CREATE FUNCTION keep_as_written() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          RAISE EXCEPTION '% is added to and never changed', TG_TABLE_NAME
            USING ERRCODE = 'check_violation';
        END $$;
        CREATE TABLE person_consent (
          id uuid PRIMARY KEY, person_id uuid NOT NULL REFERENCES person (id),
          purpose text NOT NULL CHECK (purpose IN ('platform_news')), is_given boolean NOT NULL,
          wording text NOT NULL, place text NOT NULL, happened_at timestamptz NOT NULL);
        CREATE INDEX person_consent_index ON person_consent (person_id, purpose, happened_at);
        CREATE TRIGGER person_consent_is_kept BEFORE UPDATE ON person_consent
          FOR EACH ROW EXECUTE FUNCTION keep_as_written();

        CREATE TABLE person_shop (
          person_id uuid NOT NULL, shop_id uuid NOT NULL REFERENCES shop (id),
          since timestamptz NOT NULL, PRIMARY KEY (person_id, shop_id));

        -- Ids only, and no reference to a person: the list outlives those who are on it.
        CREATE TABLE erasure (
          id uuid PRIMARY KEY, person_id uuid NOT NULL,
          state text NOT NULL CHECK (state IN ('asked', 'withdrawn', 'running', 'done')),
          email_index bytea CHECK (email_index IS NULL OR state = 'running'),
          asked_at timestamptz NOT NULL, due_at timestamptz NOT NULL CHECK (due_at >= asked_at),
          began_at timestamptz, finished_at timestamptz,
          CHECK ((began_at IS NOT NULL) = (state IN ('running', 'done'))),
          CHECK ((finished_at IS NOT NULL) = (state IN ('withdrawn', 'done'))));
        CREATE UNIQUE INDEX erasure_open_index ON erasure (person_id)
          WHERE state IN ('asked', 'running');
        CREATE INDEX erasure_due_index ON erasure (due_at) WHERE state IN ('asked', 'running');
        CREATE FUNCTION guard_erasure_state() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
            ('asked', 'withdrawn'), ('asked', 'running'), ('running', 'done')) THEN
            RAISE EXCEPTION 'an erasure does not go from % to %', OLD.state, NEW.state
              USING ERRCODE = 'check_violation';
          END IF;
          RETURN NEW;
        END $$;
        CREATE TRIGGER guard_erasure_state BEFORE UPDATE OF state ON erasure
          FOR EACH ROW EXECUTE FUNCTION guard_erasure_state();
        CREATE TABLE erasure_place (
          erasure_id uuid NOT NULL REFERENCES erasure (id), shop_id uuid NOT NULL,
          ids jsonb NOT NULL, found_at timestamptz NOT NULL, erased_at timestamptz,
          PRIMARY KEY (erasure_id, shop_id));
        GRANT SELECT, INSERT, UPDATE, DELETE ON person_address TO directory_app;
        GRANT SELECT, INSERT, DELETE ON person_consent, person_shop TO directory_app;
        GRANT SELECT, INSERT, UPDATE ON erasure, erasure_place TO directory_app;
        GRANT DELETE ON person, session TO directory_app;
        """
    )

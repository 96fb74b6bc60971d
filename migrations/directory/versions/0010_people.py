"""Joining by a proved address, changing it, sessions that move from host to host, devices."""

from alembic import op

revision = "0010_people"
down_revision = "0009_spent_challenges"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        ALTER TABLE person ALTER COLUMN password_hash DROP NOT NULL,
          ADD COLUMN currency text NOT NULL DEFAULT 'EUR';
        CREATE TABLE sign_up (
          id uuid PRIMARY KEY, email bytea NOT NULL, email_index bytea NOT NULL,
          name bytea NOT NULL, password_hash text, language text NOT NULL,
          next_path text NOT NULL, token_hash bytea UNIQUE, asked_at timestamptz NOT NULL);
        CREATE INDEX sign_up_email_index ON sign_up (email_index);
        CREATE INDEX sign_up_asked_index ON sign_up (asked_at);
        CREATE TABLE email_change (
          id uuid PRIMARY KEY, person_id uuid NOT NULL REFERENCES person (id),
          old_email bytea NOT NULL, new_email bytea NOT NULL, new_email_index bytea NOT NULL,
          token_hash bytea UNIQUE, undo_hash bytea UNIQUE, asked_at timestamptz NOT NULL,
          finished_at timestamptz, withdrawn_at timestamptz);
        CREATE UNIQUE INDEX email_change_open_index ON email_change (person_id)
          WHERE finished_at IS NULL;
        CREATE INDEX email_change_asked_index ON email_change (asked_at);
        CREATE TABLE device (
          id uuid PRIMARY KEY, person_id uuid NOT NULL REFERENCES person (id),
          token_hash bytea NOT NULL, first_seen_at timestamptz NOT NULL,
          last_seen_at timestamptz NOT NULL, UNIQUE (person_id, token_hash));
        ALTER TABLE session
          ADD COLUMN device_id uuid REFERENCES device (id),
          ADD COLUMN old_token_hash bytea, ADD COLUMN old_token_until timestamptz,
          ADD COLUMN wants_token_at timestamptz,
          ADD COLUMN agent bytea, ADD COLUMN address bytea;
        CREATE INDEX session_old_token_index ON session (old_token_hash)
          WHERE old_token_hash IS NOT NULL;
        CREATE INDEX session_created_index ON session (created_at);
        CREATE TABLE hand_over (
          code_hash bytea PRIMARY KEY, parent_id uuid NOT NULL REFERENCES session (id) ON DELETE CASCADE,
          host text NOT NULL, nonce_hash bytea NOT NULL, made_at timestamptz NOT NULL);
        CREATE TABLE sign_in_record (
          id uuid PRIMARY KEY, person_id uuid NOT NULL REFERENCES person (id),
          outcome text NOT NULL CHECK (outcome IN ('signed_in', 'refused')),
          method text NOT NULL, agent bytea NOT NULL, address bytea NOT NULL,
          happened_at timestamptz NOT NULL);
        CREATE INDEX sign_in_record_person_index ON sign_in_record (person_id, happened_at);
        CREATE INDEX sign_in_record_time_index ON sign_in_record (happened_at);
        CREATE TABLE sent_account_mail (
          kind text NOT NULL, subject_id uuid NOT NULL, state text NOT NULL,
          written_at timestamptz NOT NULL, sent_at timestamptz, PRIMARY KEY (kind, subject_id));
        CREATE TABLE parked_form (
          token_hash bytea PRIMARY KEY, host text NOT NULL, form bytea NOT NULL,
          parked_at timestamptz NOT NULL);
        GRANT DELETE ON session TO directory_app;
        GRANT SELECT, INSERT, UPDATE, DELETE ON sign_up, email_change, device, sent_account_mail TO directory_app;
        GRANT SELECT, INSERT, DELETE ON hand_over TO directory_app;
        GRANT SELECT, INSERT, UPDATE, DELETE ON sign_in_record, parked_form TO directory_app;
        """
    )

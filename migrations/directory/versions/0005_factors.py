"""What people prove themselves with: passkeys, apps, recovery codes, reset links; counted tries."""

from alembic import op

revision = "0005_factors"
down_revision = "0004_webhook_inbox"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE passkey (
          id uuid PRIMARY KEY, person_id uuid NOT NULL REFERENCES person (id) ON DELETE CASCADE,
          credential_id bytea NOT NULL UNIQUE CHECK (length(credential_id) BETWEEN 1 AND 1023),
          public_key bytea NOT NULL, sign_count bigint NOT NULL CHECK (sign_count >= 0),
          name bytea NOT NULL, transports text NOT NULL, is_backed_up boolean NOT NULL,
          made_at timestamptz NOT NULL, used_at timestamptz);
        CREATE INDEX passkey_person_index ON passkey (person_id);
        CREATE TABLE passkey_challenge (
          challenge bytea PRIMARY KEY, browser_hash bytea NOT NULL,
          ceremony text NOT NULL
            CHECK (ceremony IN ('register', 'sign_in', 'second_step', 'prove', 'reset')),
          person_id uuid, expires_at timestamptz NOT NULL,
          CHECK ((person_id IS NULL) = (ceremony = 'sign_in')));
        CREATE INDEX passkey_challenge_expiry_index ON passkey_challenge (expires_at);
        CREATE TABLE authenticator_app (
          person_id uuid NOT NULL REFERENCES person (id) ON DELETE CASCADE,
          is_confirmed boolean NOT NULL, secret bytea NOT NULL, made_at timestamptz NOT NULL,
          PRIMARY KEY (person_id, is_confirmed));
        CREATE TABLE used_code (
          person_id uuid NOT NULL REFERENCES person (id) ON DELETE CASCADE,
          step bigint NOT NULL, used_at timestamptz NOT NULL,
          PRIMARY KEY (person_id, step));
        CREATE INDEX used_code_time_index ON used_code (used_at);
        CREATE TABLE recovery_code (
          person_id uuid NOT NULL REFERENCES person (id) ON DELETE CASCADE,
          code_hash bytea NOT NULL, made_at timestamptz NOT NULL, used_at timestamptz,
          PRIMARY KEY (person_id, code_hash));
        CREATE TABLE password_reset (
          id uuid PRIMARY KEY, person_id uuid REFERENCES person (id) ON DELETE CASCADE,
          token_hash bytea UNIQUE, asked_at timestamptz NOT NULL, expires_at timestamptz NOT NULL,
          used_at timestamptz,
          CHECK (expires_at = asked_at + interval '1 hour'),
          CHECK (token_hash IS NULL OR person_id IS NOT NULL));
        CREATE INDEX password_reset_person_index ON password_reset (person_id);
        CREATE INDEX password_reset_expiry_index ON password_reset (expires_at);
        CREATE TABLE sign_in_attempt (
          id uuid PRIMARY KEY, step text NOT NULL CHECK (step IN ('password', 'code')),
          account_index bytea NOT NULL, device_hash bytea, address_hash bytea NOT NULL,
          network_hash bytea NOT NULL, tried_at timestamptz NOT NULL);
        CREATE INDEX sign_in_attempt_account_index ON sign_in_attempt (account_index, tried_at);
        CREATE INDEX sign_in_attempt_address_index ON sign_in_attempt (address_hash, tried_at);
        CREATE INDEX sign_in_attempt_network_index ON sign_in_attempt (network_hash, tried_at);
        CREATE INDEX sign_in_attempt_time_index ON sign_in_attempt (tried_at);
        CREATE TABLE payout_pause (
          shop_id uuid NOT NULL,
          reason text NOT NULL CHECK (reason IN ('second_factor', 'bank_account')),
          begun_at timestamptz NOT NULL, until timestamptz NOT NULL,
          PRIMARY KEY (shop_id, reason), CHECK (until = begun_at + interval '48 hours'));
        GRANT SELECT, INSERT, UPDATE, DELETE ON passkey, authenticator_app, recovery_code,
          password_reset, sign_in_attempt TO directory_app;
        GRANT SELECT, INSERT, DELETE ON passkey_challenge, used_code TO directory_app;
        GRANT SELECT, INSERT, UPDATE ON payout_pause TO directory_app;
        """
    )

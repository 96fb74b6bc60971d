"""People, roles, sessions and failed sign-ins."""

from alembic import op

revision = "0003_accounts"
down_revision = "0002_tenants"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE person (
          id uuid PRIMARY KEY, email bytea NOT NULL, email_index bytea NOT NULL UNIQUE,
          name bytea NOT NULL, password_hash text NOT NULL, language text NOT NULL,
          created_at timestamptz NOT NULL);
        CREATE TABLE membership (
          person_id uuid NOT NULL REFERENCES person (id),
          shop_id uuid NOT NULL, role text NOT NULL CHECK (role IN ('owner', 'staff', 'admin')),
          granted_at timestamptz NOT NULL,
          PRIMARY KEY (person_id, shop_id),
          CHECK ((role = 'admin') = (shop_id = '00000000-0000-0000-0000-000000000000')));
        CREATE INDEX membership_shop_index ON membership (shop_id);
        CREATE TABLE session (
          id uuid PRIMARY KEY, parent_id uuid REFERENCES session (id),
          person_id uuid NOT NULL REFERENCES person (id),
          token_hash bytea UNIQUE, host text NOT NULL, created_at timestamptz NOT NULL,
          seen_at timestamptz NOT NULL, proved_at timestamptz NOT NULL, ended_at timestamptz);
        CREATE INDEX session_person_index ON session (person_id);
        CREATE INDEX session_parent_index ON session (parent_id);
        CREATE TABLE sign_in_failure (
          id uuid PRIMARY KEY, email_index bytea NOT NULL, failed_at timestamptz NOT NULL);
        CREATE INDEX sign_in_failure_index ON sign_in_failure (email_index, failed_at);
        GRANT SELECT, INSERT, UPDATE ON person, session TO directory_app;
        GRANT SELECT, INSERT, UPDATE, DELETE ON membership, sign_in_failure TO directory_app;
        """
    )

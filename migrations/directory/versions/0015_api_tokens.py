"""Keys for programs: scopes, an end, the hash alone."""

from alembic import op

revision = "0015_api_tokens"
down_revision = "0014_replaced_keys"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE api_token (
          id uuid PRIMARY KEY, person_id uuid NOT NULL REFERENCES person (id), shop_id uuid,
          key_id uuid NOT NULL, name bytea,
          scopes text[] NOT NULL CHECK (cardinality(scopes) BETWEEN 1 AND 30),
          token_hash bytea NOT NULL UNIQUE, ending text NOT NULL,
          made_at timestamptz NOT NULL, ends_at timestamptz NOT NULL,
          last_used_on date, withdrawn_at timestamptz,
          CHECK (ends_at > made_at AND ends_at <= made_at + interval '366 days'));
        CREATE INDEX api_token_person_index ON api_token (person_id);
        CREATE INDEX api_token_shop_index ON api_token (shop_id) WHERE shop_id IS NOT NULL;
        CREATE INDEX api_token_end_index ON api_token (ends_at);
        GRANT SELECT, INSERT, UPDATE, DELETE ON api_token TO directory_app;
        """
    )

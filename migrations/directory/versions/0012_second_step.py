"""The step between the password and the second factor; tries are counted in one table only."""

from alembic import op

revision = "0012_second_step"
down_revision = "0011_persons_own_keys"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE pending_sign_in (
          token_hash bytea PRIMARY KEY,
          person_id uuid NOT NULL REFERENCES person (id) ON DELETE CASCADE,
          begun_at timestamptz NOT NULL);
        CREATE INDEX pending_sign_in_person_index ON pending_sign_in (person_id);
        CREATE INDEX pending_sign_in_time_index ON pending_sign_in (begun_at);
        GRANT SELECT, INSERT, DELETE ON pending_sign_in TO directory_app;
        DROP TABLE sign_in_failure;
        """
    )

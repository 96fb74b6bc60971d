"""A shop's side of a person: made when that person first deals with the shop."""

from alembic import op

revision = "0005_customers"
down_revision = "0004_catalog"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE customer (
          id uuid PRIMARY KEY, person_id uuid UNIQUE, email bytea NOT NULL, email_index bytea NOT NULL UNIQUE,
          language text NOT NULL, created_at timestamptz NOT NULL);
        """
    )

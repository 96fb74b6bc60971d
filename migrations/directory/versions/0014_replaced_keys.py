"""A person's key that a rotation replaced is kept until everything was moved from it to the new one."""

from alembic import op

revision = "0014_replaced_keys"
down_revision = "0013_roles"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        ALTER TABLE person_key ADD COLUMN replaced_by uuid REFERENCES person_key (id),
          ADD CONSTRAINT person_key_replaced_check CHECK (replaced_by IS NULL OR owner IS NULL);
        CREATE INDEX person_key_replaced_index ON person_key (replaced_by)
          WHERE replaced_by IS NOT NULL;
        """
    )

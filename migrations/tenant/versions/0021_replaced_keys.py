"""A person's key that a rotation replaced is kept until everything was moved from it to the new one."""

from alembic import op

revision = "0021_replaced_keys"
down_revision = "0020_customer_keys"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        ALTER TABLE sealing_key ADD COLUMN replaced_by uuid REFERENCES sealing_key (id),
          ADD CONSTRAINT sealing_key_replaced_check CHECK (replaced_by IS NULL OR owner IS NULL);
        CREATE INDEX sealing_key_replaced_index ON sealing_key (replaced_by)
          WHERE replaced_by IS NOT NULL;
        """
    )

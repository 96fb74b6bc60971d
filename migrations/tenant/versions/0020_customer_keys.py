"""What a shop knows of a customer is sealed with the person's key, as their orders' contacts are."""

from alembic import op

revision = "0020_customer_keys"
down_revision = "0019_bank_account"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        ALTER TABLE customer ADD COLUMN key_id uuid REFERENCES sealing_key (id),
          ADD CONSTRAINT customer_own_key_check CHECK (key_id IS NULL OR (
            substring(email FROM 1 FOR 20) = '\\x00676b02'::bytea || uuid_send(key_id)
            AND substring(name FROM 1 FOR 20) = '\\x00676b02'::bytea || uuid_send(key_id)));
        CREATE INDEX customer_key_index ON customer (key_id);
        """
    )

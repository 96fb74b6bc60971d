"""A guard for tables whose rows are followed by others and never changed."""

from alembic import op

revision = "0007_append_only"
down_revision = "0006_operator"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        -- Used by shops' tables, so that no shop needs a function of its own.
        CREATE FUNCTION keep_as_written() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          RAISE EXCEPTION '% is added to and never changed', TG_TABLE_NAME
            USING ERRCODE = 'check_violation';
        END $$;
        """
    )

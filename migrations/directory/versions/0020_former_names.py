"""What a shop was called before its name was changed, so that the change can be taken back."""

from alembic import op

revision = "0020_former_names"
down_revision = "0019_whose_form"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        ALTER TABLE shop ADD COLUMN former_name text NOT NULL DEFAULT '',
          ADD CONSTRAINT shop_name_check CHECK (name = btrim(name) AND length(name) BETWEEN 1 AND 80)
            NOT VALID;
        """
    )

"""Whose form it is that waits: on a shared computer nobody else is shown what was written."""

from alembic import op

revision = "0019_whose_form"
down_revision = "0018_owners_of_erased_shops"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        ALTER TABLE parked_form ADD COLUMN person_id uuid REFERENCES person ON DELETE CASCADE;
        CREATE INDEX parked_form_person_index ON parked_form (person_id)
          WHERE person_id IS NOT NULL;
        """
    )

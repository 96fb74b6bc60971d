"""Locations stand in one order, so that two who make the first one make one."""

from alembic import op

revision = "0015_stock_location_position"
down_revision = "0014_idempotent_answers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "CREATE UNIQUE INDEX stock_location_position_unique ON stock_location (position)"
    )

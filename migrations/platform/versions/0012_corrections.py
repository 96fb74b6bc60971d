"""Corrections of a shop's books by hand; its SQL stands beside this file."""

from pathlib import Path

from alembic import op

revision = "0012_corrections"
down_revision = "0011_audit_reading"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(Path(__file__).with_suffix(".sql").read_text().replace(":", "\\:"))

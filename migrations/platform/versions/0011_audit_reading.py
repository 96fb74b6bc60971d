"""The log of all shops of a cell is read newest first, by ids, which are in the order of time."""

from alembic import op

revision = "0011_audit_reading"
down_revision = "0010_approvals"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE INDEX audit_id_index ON audit (id)")

"""The ledger by order: keys that begin with the shop, an order's standing, guarded postings."""

from pathlib import Path

from alembic import op

revision = "0004_ledger_postings"
down_revision = "0003_ledger"
branch_labels = None
depends_on = None

PIECES = ("0004_ledger_keys.sql", "0004_ledger_order_standing.sql", "0004_ledger_postings.sql")


def upgrade() -> None:
    for piece in PIECES:
        statements = Path(__file__).with_name(piece).read_text()
        op.execute(statements.replace(":", "\\:"))

"""The double-entry ledger; its SQL stands beside this file."""

from pathlib import Path

from alembic import op

revision = "0003_ledger"
down_revision = "0002_shop_migration"
branch_labels = None
depends_on = None

FENCED = ("account", "journal", "entry", "balance")


def upgrade() -> None:
    statements = Path(__file__).with_suffix(".sql").read_text()
    op.execute(statements.replace(":", "\\:"))
    for table in FENCED:
        op.execute(
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;"
            f" CREATE POLICY of_shop ON {table} FOR SELECT TO shop USING (shop = current_user);"
            f" CREATE POLICY of_platform ON {table} FOR SELECT TO platform_jobs, platform_reader"
            " USING (true);"
        )

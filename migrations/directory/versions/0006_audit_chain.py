"""The directory's log: the same as a cell's, with one chain."""

from pathlib import Path

from alembic import op

revision = "0006_audit_chain"
down_revision = "0005_factors"
branch_labels = None
depends_on = None

WRITTEN = (
    "shop, id, actor, action, object_kind, object_id, fields, trace, recorded_at, kind, before,"
    " after, place, network"
)
NAMES = (
    ("schema", "directory"), ("audit", "directory_audit"), ("chain", "directory_audit_chain")
)


def upgrade() -> None:
    text = Path(__file__).parents[2].joinpath("audit_chain.sql").read_text()
    for name, filled in NAMES:
        text = text.replace("{" + name + "}", filled)
    op.execute(text.replace(":", "\\:"))
    op.execute(
        f"""
        REVOKE INSERT ON directory_audit FROM directory_app;
        GRANT INSERT ({WRITTEN}) ON directory_audit TO directory_app;
        GRANT SELECT ON directory_audit_chain TO directory_app;
        CREATE INDEX directory_audit_shop_index ON directory_audit ((fields ->> 'shop'), id)
          WHERE fields ? 'shop';
        """
    )

"""The log: where from, what kind, before and after; append-only; chained by a role of its own."""

from pathlib import Path

from alembic import op

revision = "0008_audit_chain"
down_revision = "0007_append_only"
branch_labels = None
depends_on = None

WRITTEN = (
    "shop, id, actor, action, object_kind, object_id, fields, trace, recorded_at, kind, before,"
    " after, place, network"
)


def upgrade() -> None:
    text = Path(__file__).parents[2].joinpath("audit_chain.sql").read_text()
    for name, filled in (("schema", "platform"), ("audit", "audit"), ("chain", "audit_chain")):
        text = text.replace("{" + name + "}", filled)
    op.execute(text.replace(":", "\\:"))
    op.execute(
        f"""
        REVOKE INSERT ON audit FROM shop, platform_jobs, platform_operator;
        GRANT INSERT ({WRITTEN}) ON audit TO shop, platform_jobs, platform_operator;
        GRANT SELECT ON audit_chain TO platform_reader;
        ALTER TABLE audit_chain ENABLE ROW LEVEL SECURITY;
        CREATE POLICY of_sealer ON audit FOR SELECT TO audit_sealer USING (true);
        CREATE POLICY of_sealer ON audit_chain TO audit_sealer USING (true) WITH CHECK (true);
        CREATE POLICY of_platform ON audit_chain FOR SELECT TO platform_reader USING (true);
        """
    )

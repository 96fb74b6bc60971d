"""Watching the books: newest journals are found fast; who stops a shop's money is audited."""

from alembic import op

revision = "0005_watching_books"
down_revision = "0004_ledger_postings"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE INDEX journal_posted_index ON journal USING brin (posted_at);
        GRANT INSERT ON audit TO platform_jobs;
        """
    )

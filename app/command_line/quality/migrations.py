"""Whether the three lines of migrations are in order, without a database."""

from app.command_line.launch import CHECKOUT
from tenants import migrations


def migration_problems() -> list[str]:
    """Return what is wrong: a line with two heads, or a revision that does not compile to SQL."""
    problems: list[str] = []
    for line in migrations.LINES:
        problems += _heads(line)
        problems += _revisions(line)
    return problems


def _heads(line: str) -> list[str]:
    from alembic.script import ScriptDirectory

    heads = ScriptDirectory(str(CHECKOUT / "migrations" / line)).get_heads()
    if len(heads) == 1:
        return []
    return [f"{line}: {len(heads)} heads ({', '.join(sorted(heads))}); one must follow the other"]


def _revisions(line: str) -> list[str]:
    try:
        steps = migrations.revisions(line)
    except Exception as error:
        return [f"{line}: does not compile: {error}"]
    return [f"{line}: {step.name} does nothing" for step in steps if not step.sql.strip()]

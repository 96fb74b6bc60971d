"""Rules about the code, tested: what reviews would otherwise have to say again and again."""

import ast
import re
from pathlib import Path

import pytest

from tests.conftest import ROOT

SOURCES = [
    path
    for folder in ("app", "tenants", "workers")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if "demo_content" not in path.parts
]
OURS = [path for path in SOURCES if "command_line" not in path.parts]


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def lines_matching(pattern: str, paths: list[Path], allowed: set[str]) -> list[str]:
    return [
        f"{name(path)}:{number}: {line.strip()}"
        for path in paths
        if name(path) not in allowed
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(pattern, line)
    ]


def test_one_place_commits():
    assert lines_matching(r"\.commit\(", SOURCES, {"app/foundation/unit_of_work.py"}) == []


def test_one_place_reads_the_environment():
    assert (
        lines_matching(
            r"os\.environ|os\.getenv|getenv\(", OURS, {"app/foundation/configuration.py"}
        )
        == []
    )


def test_one_clock():
    pattern = r"datetime\.(now|utcnow|today)\(|date\.today\("
    assert lines_matching(pattern, OURS, {"app/foundation/clock.py"}) == []


def test_no_now_in_our_sql():
    """The bind asks for the time once; `posted_at` is the ledger's own, and says when it was written."""
    allowed = {"app/foundation/database.py"}
    assert lines_matching(r"func\.now\(|\bnow\(\)", OURS, allowed) == []
    for path in (ROOT / "migrations").rglob("versions/*"):
        if path.suffix in {".py", ".sql"}:
            found = [
                line
                for line in path.read_text().splitlines()
                if re.search(r"\bnow\(\)|clock_timestamp\(\)", line)
            ]
            assert all("posted_at" in line for line in found), path


def test_one_plain_cursor():
    found = lines_matching(r"psycopg\.Cursor\(", OURS, set())
    assert len(found) == 1, found


def test_vendors_sdks_stay_in_gateways():
    pattern = r"^\s*(import|from) (stripe|boto3|botocore|smtplib)\b"
    outside = [path for path in SOURCES if "gateways" not in path.parts]
    assert lines_matching(pattern, outside, set()) == []


def test_a_table_is_private_to_its_domain():
    offenders = []
    for path in SOURCES:
        for found in re.findall(
            r"from (app\.domains\.(\w+)(?:\.\w+)*)\.models import", path.read_text()
        ):
            if f"domains/{found[1]}/" not in name(path):
                offenders.append(f"{name(path)} -> {found[0]}")
    assert offenders == []


def test_app_is_empty():
    assert (ROOT / "app" / "__init__.py").read_text() == ""


@pytest.mark.parametrize("path", OURS, ids=name)
def test_operations_take_keywords_and_never_the_clock(path):
    if path.name != "operations.py" or "domains" not in path.parts:
        return
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            positional = [argument.arg for argument in node.args.args]
            assert positional[:1] in ([], ["unit"]) or len(positional) <= 2, (
                f"{node.name}{positional}"
            )


def all_apps(platform):
    from app import factory

    makers = (
        factory.create_storefront,
        factory.create_shop_api,
        factory.create_marketplace_api,
        factory.create_marketplace,
        factory.create_merchant_console,
        factory.create_admin_console,
        factory.create_webhooks,
        factory.create_media,
    )
    return [make(platform.configuration) for make in makers]


def test_every_route_names_a_permission_or_says_it_is_public(platform):
    unmarked = [
        f"{app.name} {rule.rule}"
        for app in all_apps(platform)
        for rule in app.url_map.iter_rules()
        if not hasattr(app.view_functions[rule.endpoint], "access")
    ]
    assert unmarked == []


def test_every_event_has_a_reaction_or_says_that_it_has_none():
    from app.foundation.events import Event
    from app.wiring import EVENTS, REACTIONS, WITHOUT_REACTION

    # A dataclass with slots is made twice, so that classes are compared by name.
    known = {
        e.__name__ for e in every_subclass(Event) if e.__module__.startswith(("app.", "tenants."))
    }
    assert known == {event.__name__ for event in EVENTS}
    reacted = {reaction.event for reaction in REACTIONS}
    assert reacted | set(WITHOUT_REACTION) == set(EVENTS)
    assert not reacted & set(WITHOUT_REACTION)


def every_subclass(kind):
    for child in kind.__subclasses__():
        yield child
        yield from every_subclass(child)


def test_every_queue_is_consumed():
    from app.foundation.events import QUEUES
    from app.wiring import REACTIONS
    from workers.ringing import queue_names
    from workers.schedule import SCHEDULE

    used = {reaction.queue for reaction in REACTIONS} | {job.queue for job in SCHEDULE}
    assert used <= set(QUEUES)
    assert set(queue_names()) == set(QUEUES)
    assert re.search(r"^worker: python -m workers worker$", (ROOT / "Procfile").read_text(), re.M)


def test_every_scheduled_job_runs_something():
    from workers.schedule import SCHEDULE

    assert all((job.run_for_shop is None) != (job.run_once is None) for job in SCHEDULE)


def test_no_colour_or_size_outside_the_tokens():
    """Components are made of tokens; a theme overrides tokens."""
    for path in (ROOT / "app/faces/shared/styles").glob("*.css"):
        if path.name in {"components.css", "storefront.css", "base.css"}:
            text = re.sub(r"@media print.*", "", path.read_text())
            assert not re.search(r"#[0-9a-fA-F]{3,8}\b", text), path


def test_no_inline_style_or_script():
    for path in (ROOT / "app/faces").rglob("templates/**/*.html"):
        text = path.read_text()
        if path.match("mails/frame.html"):  # a mail can load no sheet: its one stands in its head
            text = text.replace("<style>{{ style }}</style>", "")
        assert not re.search(r"\sstyle=|\son\w+=\"|<style|<script(?![^>]*\bsrc=)", text), path


def test_models_and_migrations_agree(platform, shop):
    """Every table and column that the code names is there, and the other way round."""
    import psycopg

    from app.foundation.database import db

    schemas = {"directory": "directory", "platform": "platform", "shop": shop.schema}
    own = {"directory_revision", "platform_revision"}
    with psycopg.connect(platform.server.directory) as connection:
        for kind, schema in schemas.items():
            rows = connection.execute(
                "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = %s",
                [schema],
            ).fetchall()
            there: dict[str, set[str]] = {}
            for table, column in rows:
                there.setdefault(table, set()).add(column)
            for table in db.metadatas[kind].tables.values():
                missing = {column.name for column in table.columns} - there.get(table.name, set())
                assert not missing, (table.name, missing)
            unknown = (
                set(there) - {table.name for table in db.metadatas[kind].tables.values()} - own
            )
            assert unknown <= {"cell"}, unknown


CANARY = "canary-7Qx"


def test_no_personal_data_in_events_logs_audit_ledger_or_job_arguments(
    platform, shop, mails, capfd
):
    """A buyer made of canaries buys; then everything but the sealed columns is searched."""
    import psycopg

    from tests.conftest import drain
    from tests.functional import journey

    client = platform.shop_client(shop.slug)
    journey.fill_basket(client)
    journey.give_address(
        client, email=f"{CANARY}@example.com", name=f"Ada {CANARY}", street_address=f"{CANARY} 5"
    )
    journey.choose_shipping(client)
    token = journey.token_of(journey.place(client))
    journey.pay(platform, journey.intent_of(client, token))
    client.get(f"/en/orders/{token}/return")
    drain()
    assert CANARY.lower() in mails[0].to.lower()
    with psycopg.connect(platform.server.directory) as connection:
        tables = connection.execute(
            "SELECT table_schema, table_name FROM information_schema.tables"
            " WHERE table_schema IN ('directory', 'platform', %s)",
            [shop.schema],
        ).fetchall()
        for schema, table in tables:
            rows = connection.execute(f"SELECT t::text FROM {schema}.{table} t".encode()).fetchall()
            assert not [row for row in rows if CANARY.lower() in row[0].lower()], (
                f"{schema}.{table}"
            )
    assert CANARY.lower() not in "".join(capfd.readouterr()).lower()
    provider = str(list(platform.stripe.store.objects.values())).lower()
    assert CANARY.lower() not in provider


MERGED = re.compile(r"^(?:<{7} |>{7} |\|{7} )", re.MULTILINE)
TEXTS = {".css", ".html", ".js", ".json", ".md", ".mjs", ".po", ".py", ".sql", ".toml", ".txt"}


def test_no_file_holds_the_marks_of_a_merge():
    """A style sheet with them is built all the same, and rules go missing."""
    folders = ("app", "docs", "migrations", "tenants", "tests", "translations", "workers")
    files = [path for folder in folders for path in (ROOT / folder).rglob("*")]
    read = [path for path in files if path.suffix in TEXTS and "built" not in path.parts]
    assert len(read) > len(SOURCES)
    assert [name(path) for path in read if MERGED.search(path.read_text())] == []
    assert MERGED.search("<" * 7 + " HEAD")

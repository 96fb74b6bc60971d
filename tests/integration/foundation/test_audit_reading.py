"""Reading a log never goes over all of it: every question of the pages has its index."""

import pytest
from sqlalchemy import event, text

from app.foundation.audit.queries import (
    Search,
    list_log,
    list_log_about_shop,
    list_log_of_person,
)
from app.foundation.database import Database, PlatformScope, directory_scope
from app.foundation.identifiers import new_id
from app.foundation.unit_of_work import unit_of_work
from tests.integration.foundation.audit_rows import act

READER = PlatformScope("main", "platform_reader")
NONE = Search()
QUESTIONS = {
    "a shop's own": ("shop", lambda unit, shop: list_log(
        unit, search=NONE, limit=51, chain=shop.schema)),
    "a shop's order": ("shop", lambda unit, shop: list_log(
        unit, search=Search(object_id=str(new_id())), limit=51, chain=shop.schema)),
    "what the platform did to it": (READER, lambda unit, shop: list_log_about_shop(
        unit, shop=shop.schema, search=NONE, limit=51)),
    "all of a cell": (READER, lambda unit, shop: list_log(unit, search=NONE, limit=51)),
    "a person's in a cell": (READER, lambda unit, shop: list_log_of_person(
        unit, person_id=new_id(), search=NONE, limit=51)),
    "all of the directory": ("directory", lambda unit, shop: list_log(
        unit, search=NONE, limit=51)),
    "the directory on a shop": ("directory", lambda unit, shop: list_log_about_shop(
        unit, shop=str(shop.id), search=NONE, limit=51)),
    "a person's in the directory": ("directory", lambda unit, shop: list_log_of_person(
        unit, person_id=new_id(), search=NONE, limit=51)),
}  # fmt: skip


@pytest.mark.parametrize("name", QUESTIONS)
def test_each_question_has_its_index(platform, shop, name):
    """With sequential scans priced out, a plan that still has one lacks an index."""
    act(shop.scope, 3)
    where, ask = QUESTIONS[name]
    scope = {"shop": shop.scope, "directory": directory_scope()}.get(where, where)
    sent = []

    def note(_connection, _cursor, statement, parameters, *_):
        sent.append((statement, parameters))

    with unit_of_work(scope) as unit:
        unit.session.execute(text("SET LOCAL enable_seqscan = off"))
        engine = unit.connection.engine
        assert engine in Database.engines_of_process.values()
        event.listen(engine, "before_cursor_execute", note)
        try:
            ask(unit, shop)
        finally:
            event.remove(engine, "before_cursor_execute", note)
        statement, parameters = sent[-1]
        plan = unit.connection.exec_driver_sql(f"EXPLAIN {statement}", parameters).scalars().all()
    assert "Seq Scan" not in "\n".join(plan), "\n".join(plan)

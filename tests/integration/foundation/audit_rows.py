"""Rows of the log for tests: written through the unit of work, chained by the sealer."""

from typing import Any

from app.foundation.audit.rules import AuditKind
from app.foundation.audit.sealing import seal, sealer_scope
from app.foundation.identifiers import new_id
from app.foundation.unit_of_work import unit_of_work

KINDS = list(AuditKind)


def act(scope: Any, count: int = 1, **facts: Any) -> None:
    """Write rows, each in a transaction of its own."""
    for number in range(count):
        with unit_of_work(scope) as unit:
            unit.audit(
                action=facts.get("action", "ask_refund"), object_kind="refund", object_id=new_id(),
                kind=facts.get("kind", KINDS[number % len(KINDS)]),
                before={"state": "planned", "email": "ada@example.com"}, after={"state": "done"},
                amount=100 + number, currency="EUR",
            )  # fmt: skip


def seal_all(database: str = "main") -> int:
    """Run the sealer until nothing is left."""
    rows = 0
    while True:
        with unit_of_work(sealer_scope(database)) as unit:
            done = seal(unit)
        rows += done.rows
        if not done.has_more:
            return rows

"""Watching the books in production: what breaks a rule stops its shop's money (money.md, section 6)."""

import structlog
from sqlalchemy import text

from app.domains.ledger.invariants import Finding, check_books
from app.domains.ledger.operations import stop_money
from app.foundation.database import PlatformScope, cell_names
from app.foundation.unit_of_work import UnitOfWork, unit_of_work

log = structlog.get_logger(__name__)

WATCHED_SECONDS = 180
"""How far back the minutely check looks for shops with new journals: three turns, if one is lost."""

BUSY = (
    "SELECT DISTINCT shop FROM platform.journal"
    " WHERE posted_at > statement_timestamp() - make_interval(secs => :seconds)"
)
"""A time that stands for the whole statement: with one that moves on, no index could be used."""


def watch_new_journals() -> None:
    """Check the books of every shop with new journals; the schedule calls it each minute."""
    for cell in cell_names():
        with unit_of_work(PlatformScope(cell, "platform_reader")) as unit:
            shops = _list_busy_shops(unit)
            findings = check_books(unit, shops=shops) if shops else []
        stop_broken(cell, findings)


def watch_all_books() -> None:
    """Check the books of every shop; the schedule calls it each hour."""
    for cell in cell_names():
        with unit_of_work(PlatformScope(cell, "platform_reader")) as unit:
            findings = check_books(unit)
        stop_broken(cell, findings)


def stop_broken(cell: str, findings: list[Finding]) -> list[str]:
    """Stop the money of the shops that findings name; return the roles that were not stopped yet.

    The line in the log is an error, so Sentry has it where it is set.
    """
    broken = [finding for finding in findings if finding.shops]
    if not broken:
        return []
    with unit_of_work(PlatformScope(cell, "platform_jobs")) as unit:
        stopped = stop_money(unit, findings=broken)
    for shop in stopped:
        rules = [finding.name for finding in broken if shop in finding.shops]
        log.error("the books are broken: this shop's money is stopped", shop=shop, rules=rules)
    return stopped


def _list_busy_shops(unit: UnitOfWork) -> list[str]:
    return list(unit.session.execute(text(BUSY), {"seconds": WATCHED_SECONDS}).scalars())

"""What the schedule calls for each shop: silent payments, expired holds, books against orders."""

import time
from dataclasses import replace

import structlog

from app.domains.checkout.confirmation.confirming import confirm_payment
from app.domains.checkout.invariants import check_shop
from app.domains.inventory.operations import expire_holds
from app.domains.ledger.invariants import Finding
from app.domains.ledger.jobs import stop_broken
from app.domains.payments.errors import PaymentUnavailableError
from app.domains.payments.queries import list_silent_payments
from app.foundation.database import ShopScope
from app.foundation.unit_of_work import unit_of_work

log = structlog.get_logger(__name__)

TURNS = 3
PAUSE_SECONDS = 0.5


def look_at_silent_payments(scope: ShopScope) -> int:
    """Ask the provider about payments whose webhook may never come; return how many."""
    with unit_of_work(scope) as unit:
        silent = list_silent_payments(unit)
    for payment_id in silent:
        try:
            confirm_payment(scope, payment_id=payment_id)
        except PaymentUnavailableError:
            log.info("provider silent", payment_id=str(payment_id))
            break
    return len(silent)


def release_expired_holds(scope: ShopScope) -> int:
    """Put back what checkouts held for too long (FR-013); return how many were released."""
    with unit_of_work(scope) as unit:
        return expire_holds(unit)


def compare_books(scope: ShopScope) -> int:
    """Compare a shop's books with its orders; stop its money where they differ; return 1 for that.

    Orders and books are read by several statements, between which others may commit: only what is
    broken each time is believed.
    """
    broken: list[Finding] = []
    for turn in range(TURNS):
        if turn:
            time.sleep(PAUSE_SECONDS)
        with unit_of_work(scope) as unit:
            findings = check_shop(unit)
        broken = [f for f in findings if not f.holds and not f.name.startswith("I14")]
        if not broken:
            return 0
    named = [replace(finding, shops=(scope.role,)) for finding in broken]
    return len(stop_broken(scope.cell, named))

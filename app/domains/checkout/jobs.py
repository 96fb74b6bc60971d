"""What the schedule calls for each shop: payments that fell silent, holds that ran out."""

import structlog

from app.domains.checkout.confirmation import confirm_payment
from app.domains.inventory.operations import expire_holds
from app.domains.payments.errors import PaymentUnavailableError
from app.domains.payments.queries import list_silent_payments
from app.foundation.database import ShopScope
from app.foundation.unit_of_work import unit_of_work

log = structlog.get_logger(__name__)


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

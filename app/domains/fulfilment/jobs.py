"""What the schedule calls for each shop: tell of parcels, release, transfer, look at refunds."""

from app.domains.fulfilment.refunding.pursuing import pursue_refund
from app.domains.fulfilment.settling.planning import plan_transfers
from app.domains.fulfilment.settling.pursuing import pursue_reversal, pursue_transfer
from app.domains.fulfilment.settling.releasing import release_due
from app.domains.fulfilment.shipments import announce_shipments
from app.domains.payments.refunds.queries import list_refunds_to_look_at
from app.domains.payments.transfers.queries import (
    list_reversals_to_look_at,
    list_transfers_to_look_at,
)
from app.foundation.database import ShopScope
from app.foundation.unit_of_work import unit_of_work


def tell_of_parcels(scope: ShopScope) -> int:
    """Let buyers know of parcels that can no longer be taken back; return how many."""
    with unit_of_work(scope) as unit:
        return announce_shipments(unit)


def look_at_refunds(scope: ShopScope) -> int:
    """Ask the provider for, or about, refunds whose time has come, and what follows for transfers."""
    with unit_of_work(scope) as unit:
        refunds = list_refunds_to_look_at(unit)
    for refund_id in refunds:
        pursue_refund(scope, refund_id=refund_id)
    return len(refunds) + bring_back(scope)


def bring_back(scope: ShopScope) -> int:
    """Reverse transfers as refunds want it; return how many were looked at."""
    with unit_of_work(scope) as unit:
        reversals = list_reversals_to_look_at(unit)
    for reversal_id in reversals:
        pursue_reversal(scope, reversal_id=reversal_id)
    return len(reversals)


def settle_sellers(scope: ShopScope) -> int:
    """Release what is due, plan transfers, and ask the provider for them; return how many moved."""
    released = release_due(scope)
    planned = plan_transfers(scope)
    with unit_of_work(scope) as unit:
        due = list_transfers_to_look_at(unit)
    for transfer_id in due:
        pursue_transfer(scope, transfer_id=transfer_id)
    return released + planned + len(due)

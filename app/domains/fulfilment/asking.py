"""Asking the provider again about a transfer, a reversal or a refund, because a person wants it."""

from uuid import UUID

from app.domains.fulfilment.refunding.pursuing import pursue_refund
from app.domains.fulfilment.settling.pursuing import pursue_reversal, pursue_transfer
from app.domains.payments.refunds.queries import get_refund
from app.domains.payments.refunds.rules import UNANSWERED
from app.domains.payments.transfers.queries import get_reversal, get_transfer
from app.domains.payments.transfers.rules import OPEN
from app.domains.payments.unanswered.rules import UnansweredKind
from app.foundation.audit.rules import AuditKind
from app.foundation.database import ShopScope
from app.foundation.unit_of_work import unit_of_work


def ask_again(scope: ShopScope, *, kind: UnansweredKind, item_id: UUID, actor: UUID) -> bool:
    """Ask the provider now, and keep the answer; return whether there is one.

    It does what the schedule does, so it may be repeated, and moves nothing twice: what is older
    than the provider's memory of our key is looked up and never sent. Raises NotFoundError.
    """
    with unit_of_work(scope) as unit:
        {
            UnansweredKind.TRANSFER: get_transfer,
            UnansweredKind.REVERSAL: get_reversal,
            UnansweredKind.REFUND: get_refund,
        }[kind](unit, item_id)
        unit.audit(
            actor=str(actor), action="ask_provider_again", object_kind=kind.value,
            object_id=item_id, kind=AuditKind.MONEY,
        )  # fmt: skip
    if kind is UnansweredKind.REFUND:
        return pursue_refund(scope, refund_id=item_id) not in UNANSWERED
    if kind is UnansweredKind.TRANSFER:
        return pursue_transfer(scope, transfer_id=item_id) not in OPEN
    return pursue_reversal(scope, reversal_id=item_id) not in OPEN

"""Whether one person may give so much back alone (ASVS 2.3.5)."""

from uuid import UUID

from app.domains.accounts.approvals.queries import find_approval, list_approved_ids
from app.domains.accounts.approvals.rules import ApprovalState, needs_second_person
from app.domains.fulfilment.errors import ApprovalNeededError
from app.domains.payments.refunds.queries import list_refunds
from app.domains.payments.refunds.rules import RefundState
from app.foundation.identifiers import parse_id
from app.foundation.money import Money, total
from app.foundation.unit_of_work import UnitOfWork

_CAME_TO_NOTHING = {RefundState.REFUSED, RefundState.FAILED}


def refuse_without_second_person(
    unit: UnitOfWork, *, refund_id: UUID, order_id: UUID, amount: Money, asked_by: str
) -> None:
    """Raise ApprovalNeededError for a large amount that nobody else approved.

    What was given back of this order before without a second person counts, so that a large amount
    does not go in small ones. Only people are asked for a second one; `system` follows rules.
    """
    if parse_id(asked_by) is None:
        return
    before = _given_back_alone(unit, order_id=order_id, currency=amount.currency)
    if not needs_second_person(amount, before=before):
        return
    found = find_approval(unit, refund_id)
    is_approved = found is not None and found.state is ApprovalState.APPROVED
    if found is None or not is_approved or found.amount < amount or found.subject_id != order_id:
        raise ApprovalNeededError(amount=amount)


def _given_back_alone(unit: UnitOfWork, *, order_id: UUID, currency: str) -> Money:
    approved = list_approved_ids(unit, subject_id=order_id)
    amounts = [
        refund.amount
        for refund in list_refunds(unit, subject_id=order_id)
        if refund.id not in approved and refund.state not in _CAME_TO_NOTHING
    ]
    return total(amounts, currency)

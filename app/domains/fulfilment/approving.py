"""Four eyes on giving money back: above a limit, a second person decides, and then it runs once.

The wish waits under the id that the refund will have. The decision and the refund's own row are one
transaction in the shop's cell, so an approval without its refund, or two of them, cannot be.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.domains.accounts.approvals import operations as approvals
from app.domains.accounts.approvals.queries import find_approval, get_approval
from app.domains.accounts.approvals.rules import ApprovalKind, Side
from app.domains.fulfilment.errors import ApprovalNeededError
from app.domains.fulfilment.refunding.asking import Wish, ask_refund
from app.domains.orders.queries import get_order
from app.domains.payments.refunds.rules import RefundReason
from app.foundation.errors import NotFoundError
from app.foundation.money import Money
from app.foundation.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of a wish: a refund to pursue, or one that waits for a second person."""

    refund_id: UUID
    is_waiting: bool


def ask_refund_or_approval(
    unit: UnitOfWork, *, refund_id: UUID, order_id: UUID, wish: Wish, asked_by: UUID
) -> Asked:
    """Ask for a refund, or for a second person where it is too much for one.

    The same `refund_id` again is the same wish. Raises as `ask_refund` does.
    """
    get_order(unit, order_id, for_update=True)
    known = find_approval(unit, refund_id)
    if known is not None:
        return Asked(refund_id, is_waiting=True)
    try:
        made = ask_refund(
            unit, refund_id=refund_id, order_id=order_id, wish=wish, asked_by=str(asked_by)
        )
    except ApprovalNeededError as needed:
        approvals.ask_approval(
            unit, approval_id=refund_id, kind=ApprovalKind.REFUND, subject_id=order_id,
            amount=needed.amount, wish=_write(wish), asked_by=asked_by,
        )  # fmt: skip
        return Asked(refund_id, is_waiting=True)
    return Asked(made, is_waiting=False)


def approve_refund(
    unit: UnitOfWork, *, approval_id: UUID, decided_by: UUID, decided_for: Side
) -> UUID:
    """Approve a refund that another asked for, and write it down; returns the refund to pursue.

    Raises NotFoundError, OwnApprovalError, ApprovalDecidedError; and as `ask_refund` where the
    payment has changed meanwhile: then nothing is decided either.
    """
    wish = get_approval(unit, approval_id)
    if wish.kind is not ApprovalKind.REFUND:
        raise NotFoundError
    order_id = wish.subject_id
    get_order(unit, order_id, for_update=True)
    found = approvals.approve(
        unit, approval_id=approval_id, kind=ApprovalKind.REFUND, decided_by=decided_by,
        decided_for=decided_for,
    )  # fmt: skip
    return ask_refund(
        unit, refund_id=found.id, order_id=order_id, wish=_read(found.wish, found.amount),
        asked_by=str(found.asked_by),
    )  # fmt: skip


def _write(wish: Wish) -> dict[str, Any]:
    pieces = {str(line): count for line, count in (wish.pieces or {}).items()}
    return {
        "reason": wish.reason.value,
        "pieces": None if wish.pieces is None else pieces,
        "with_shipping": wish.with_shipping,
    }


def _read(written: dict[str, Any], amount: Money) -> Wish:
    reason = RefundReason(written["reason"])
    if written["pieces"] is None:
        return Wish(reason, amount=amount)
    pieces = {int(line): int(count) for line, count in written["pieces"].items()}
    return Wish(reason, pieces=pieces, with_shipping=bool(written["with_shipping"]))

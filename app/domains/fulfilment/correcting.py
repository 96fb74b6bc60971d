"""Corrections of a shop's books by hand: above a limit, a second person decides, and it posts once.

The wish waits under the id that the correction will have. The decision, the correction and its
journal are one transaction in the shop's cell. What was posted alone on a shop in the last days
counts, so that a large correction is not written in small ones.
"""

from typing import Any
from uuid import UUID

from app.domains.accounts.approvals import operations as approvals
from app.domains.accounts.approvals.queries import find_approval
from app.domains.accounts.approvals.rules import ApprovalKind, Side, limit_for, needs_second_person
from app.domains.ledger.corrections.errors import (
    CorrectionOrderError,
    NotReversibleError,
    OwesLessError,
)
from app.domains.ledger.corrections.operations import lock_corrections, post_correction
from app.domains.ledger.corrections.queries import (
    find_correction,
    get_correction,
    sum_posted_alone,
)
from app.domains.ledger.corrections.rules import (
    OF_AN_ORDER,
    CorrectionKind,
    CorrectionReason,
    CorrectionWish,
)
from app.domains.ledger.queries import get_balance_sheet, get_order_standing
from app.domains.orders.queries import get_order
from app.domains.payments.transfers.queries import sum_open_reversals
from app.foundation.errors import NotFoundError
from app.foundation.guards import Guard, is_guarded
from app.foundation.identifiers import new_id, parse_id
from app.foundation.money import Money
from app.foundation.unit_of_work import UnitOfWork


def ask_correction(
    unit: UnitOfWork, *, correction_id: UUID, wish: CorrectionWish, asked_by: UUID
) -> bool:
    """Post a correction, or let it wait for a second person; return whether it waits.

    The same `correction_id` again is the same wish. Raises CorrectionOrderError, OwesLessError,
    NotReversibleError, NotFoundError, PostingRefusedError.
    """
    _lock(unit)
    if find_approval(unit, correction_id) is not None:
        return True
    known = find_correction(unit, correction_id)
    if known is not None and is_guarded(Guard.IDEMPOTENCY):
        return False
    chosen = correction_id if known is None else new_id()
    _check(unit, wish)
    before = sum_posted_alone(unit, currency=wish.amount.currency)
    if needs_second_person(wish.amount, before=before):
        approvals.ask_approval(
            unit, approval_id=chosen, kind=ApprovalKind.JOURNAL, subject_id=chosen,
            amount=wish.amount, wish=_write(wish), asked_by=asked_by,
        )  # fmt: skip
        return True
    post_correction(
        unit, correction_id=chosen, wish=wish, posted_by=asked_by, approved_by=None,
        alone_up_to=limit_for(wish.amount.currency) - before,
    )  # fmt: skip
    return False


def approve_correction(unit: UnitOfWork, *, approval_id: UUID, decided_by: UUID) -> None:
    """Approve a correction that another asked for, and post it.

    Raises NotFoundError, OwnApprovalError, ApprovalDecidedError; and as `ask_correction` where the
    books have changed meanwhile: then nothing is decided either.
    """
    _lock(unit)
    found = approvals.approve(
        unit, approval_id=approval_id, kind=ApprovalKind.JOURNAL, decided_by=decided_by,
        decided_for=Side.PLATFORM,
    )  # fmt: skip
    wish = read_wish(found.wish, found.amount)
    _check(unit, wish)
    post_correction(
        unit, correction_id=found.id, wish=wish, posted_by=found.asked_by, approved_by=decided_by,
        alone_up_to=limit_for(found.amount.currency),
    )  # fmt: skip


def counter_entry(
    unit: UnitOfWork, *, correction_id: UUID, reason: CorrectionReason, reference: str
) -> CorrectionWish:
    """Return what takes a correction back. Raises NotFoundError, NotReversibleError."""
    found = get_correction(unit, correction_id)
    if not found.can_be_reversed:
        raise NotReversibleError
    return CorrectionWish(
        found.kind, found.amount, reason, reference, order_id=found.order_id, reverses=found.id
    )


def _lock(unit: UnitOfWork) -> None:
    if is_guarded(Guard.CORRECTION_LOCK):
        lock_corrections(unit, shop=unit.scope.role)


def _check(unit: UnitOfWork, wish: CorrectionWish) -> None:
    if (wish.order_id is None) is (wish.kind in OF_AN_ORDER):
        raise CorrectionOrderError
    if wish.order_id is not None:
        _lock_order(unit, wish.order_id)
    if wish.reverses is not None and not get_correction(unit, wish.reverses).can_be_reversed:
        raise NotReversibleError
    if wish.lowers_what_is_owed and not wish.amount <= _owed_for_good(unit, wish.amount.currency):
        raise OwesLessError


def _lock_order(unit: UnitOfWork, order_id: UUID) -> None:
    try:
        get_order(unit, order_id, for_update=True)
        standing = get_order_standing(unit, order_id=order_id)
    except NotFoundError as error:
        raise CorrectionOrderError from error
    if not standing.captures:
        raise CorrectionOrderError


def _owed_for_good(unit: UnitOfWork, currency: str) -> Money:
    """Return what the shop owes and the provider is not bringing back just now.

    In this order: a reversal that is planned between the two only makes it less.
    """
    owed = get_balance_sheet(unit, currency=currency).owed
    return owed - sum_open_reversals(unit, currency=currency)


def _write(wish: CorrectionWish) -> dict[str, Any]:
    return {
        "kind": wish.kind.value,
        "reason": wish.reason.value,
        "reference": wish.reference,
        "order_id": str(wish.order_id) if wish.order_id else None,
        "reverses": str(wish.reverses) if wish.reverses else None,
    }


def read_wish(written: dict[str, Any], amount: Money) -> CorrectionWish:
    """Return what waits under an approval, as it was asked for."""
    return CorrectionWish(
        CorrectionKind(written["kind"]), amount, CorrectionReason(written["reason"]),
        written["reference"], order_id=parse_id(written["order_id"] or ""),
        reverses=parse_id(written["reverses"] or ""),
    )  # fmt: skip

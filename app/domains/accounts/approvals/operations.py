"""Asking for a second person, and deciding. What follows a decision is its own domain's business."""

from typing import Any
from uuid import UUID

from sqlalchemy import insert, update

from app.domains.accounts.approvals.errors import ApprovalDecidedError, OwnApprovalError
from app.domains.accounts.approvals.events import ApprovalAsked
from app.domains.accounts.approvals.models import Approval
from app.domains.accounts.approvals.queries import ApprovalRecord, get_approval
from app.domains.accounts.approvals.rules import (
    APPROVAL_LIFE,
    ApprovalKind,
    ApprovalState,
    Side,
    side_of,
)
from app.foundation.audit.rules import AuditKind
from app.foundation.errors import NotFoundError
from app.foundation.guards import Guard, is_guarded
from app.foundation.money import Money
from app.foundation.unit_of_work import UnitOfWork


def ask_approval(
    unit: UnitOfWork,
    *,
    approval_id: UUID,
    kind: ApprovalKind,
    subject_id: UUID,
    amount: Money,
    wish: dict[str, Any],
    asked_by: UUID,
) -> None:
    """Let something wait for a second person, seven days at most; nothing is done yet."""
    unit.session.execute(
        insert(Approval).values(
            id=approval_id, kind=kind.value, subject_id=subject_id, currency=amount.currency,
            amount=amount.amount, wish=wish, state=ApprovalState.PENDING.value, asked_by=asked_by,
            asked_at=unit.now, expires_at=unit.now + APPROVAL_LIFE,
        )
    )  # fmt: skip
    unit.audit(
        actor=str(asked_by), action="ask_approval", object_kind=kind.value, object_id=approval_id,
        kind=AuditKind.MONEY, amount=amount.amount, currency=amount.currency,
    )  # fmt: skip
    unit.record(ApprovalAsked(approval_id=approval_id))


def approve(
    unit: UnitOfWork, *, approval_id: UUID, kind: ApprovalKind, decided_by: UUID, decided_for: Side
) -> ApprovalRecord:
    """Approve what another asked for; the caller does it in the same transaction.

    Who may decide differs by kind, so a wish of another kind is not found.

    Raises NotFoundError, OwnApprovalError, ApprovalDecidedError.
    """
    found = _lock(unit, approval_id, kind)
    if found.asked_by == decided_by:
        raise OwnApprovalError
    _decide(unit, found, ApprovalState.APPROVED, decided_by, decided_for)
    return found


def decline(
    unit: UnitOfWork, *, approval_id: UUID, kind: ApprovalKind, decided_by: UUID, decided_for: Side
) -> None:
    """Decline what another asked for. Raises as `approve` does."""
    found = _lock(unit, approval_id, kind)
    if found.asked_by == decided_by:
        raise OwnApprovalError
    _decide(unit, found, ApprovalState.DECLINED, decided_by, decided_for)


def withdraw_approval(
    unit: UnitOfWork, *, approval_id: UUID, kind: ApprovalKind, person_id: UUID
) -> None:
    """Take one's own wish back. Raises NotFoundError, ApprovalDecidedError."""
    found = _lock(unit, approval_id, kind)
    if found.asked_by != person_id:
        raise ApprovalDecidedError
    _decide(unit, found, ApprovalState.WITHDRAWN, person_id, side_of(kind))


def _lock(unit: UnitOfWork, approval_id: UUID, kind: ApprovalKind) -> ApprovalRecord:
    found = get_approval(unit, approval_id, for_update=is_guarded(Guard.APPROVAL_LOCK))
    if found.kind is not kind:
        raise NotFoundError
    if not found.is_open:
        raise ApprovalDecidedError
    return found


def _decide(
    unit: UnitOfWork, found: ApprovalRecord, to: ApprovalState, person_id: UUID, side: Side
) -> None:
    unit.session.execute(
        update(Approval)
        .where(Approval.id == found.id)
        .values(
            state=to.value, decided_by=person_id, decided_for=side.value, decided_at=unit.now
        )
    )  # fmt: skip
    unit.audit(
        actor=str(person_id), action=f"{found.kind.value}_{to.value}",
        object_kind=found.kind.value, object_id=found.id, kind=AuditKind.MONEY,
        asked_by=found.asked_by, scope=side.value, amount=found.amount.amount, currency=found.amount.currency,
    )  # fmt: skip

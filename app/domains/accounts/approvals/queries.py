"""Reading what waits for a second person, and what was decided."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.domains.accounts.approvals.models import Approval
from app.domains.accounts.approvals.rules import ApprovalKind, ApprovalState, Side, standing
from app.foundation.errors import NotFoundError
from app.foundation.money import Money
from app.foundation.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class ApprovalRecord:
    """A wish as it stands; `shop` is the shop's role, `wish` what its domain does with it."""

    id: UUID
    shop: str
    kind: ApprovalKind
    subject_id: UUID
    amount: Money
    wish: dict[str, Any]
    state: ApprovalState
    asked_by: UUID
    asked_at: datetime
    expires_at: datetime
    decided_by: UUID | None
    decided_for: Side | None
    decided_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether it still waits for somebody."""
        return self.state is ApprovalState.PENDING


def find_approval(
    unit: UnitOfWork, approval_id: UUID, *, for_update: bool = False
) -> ApprovalRecord | None:
    """Return a wish of the shop in scope, locked until the commit where asked."""
    query = select(Approval).where(Approval.id == approval_id)
    row = unit.session.execute(
        query.with_for_update() if for_update else query,
        execution_options={"populate_existing": True},
    ).scalar_one_or_none()
    return _record(row, unit) if row else None


def get_approval(
    unit: UnitOfWork, approval_id: UUID, *, for_update: bool = False
) -> ApprovalRecord:
    """Return a wish of the shop in scope, locked where asked. Raises NotFoundError."""
    found = find_approval(unit, approval_id, for_update=for_update)
    if found is None:
        raise NotFoundError
    return found


def list_approvals(
    unit: UnitOfWork, *, kind: ApprovalKind, subject_id: UUID | None = None, limit: int = 100
) -> list[ApprovalRecord]:
    """Return wishes of a kind, newest first: of the shop in scope, or of a cell for the platform."""
    query = select(Approval).where(Approval.kind == kind.value)
    query = query.order_by(Approval.asked_at.desc(), Approval.id).limit(limit)
    if subject_id is not None:
        query = query.where(Approval.subject_id == subject_id)
    return [_record(row, unit) for row in unit.session.execute(query).scalars()]


def list_approved_ids(unit: UnitOfWork, *, subject_id: UUID) -> set[UUID]:
    """Return what a second person approved for a subject."""
    rows = unit.session.execute(
        select(Approval.id).where(
            Approval.subject_id == subject_id, Approval.state == ApprovalState.APPROVED.value
        )
    )
    return set(rows.scalars())


def _record(row: Approval, unit: UnitOfWork) -> ApprovalRecord:
    return ApprovalRecord(
        id=row.id, shop=row.shop, kind=ApprovalKind(row.kind), subject_id=row.subject_id,
        amount=Money(row.amount, row.currency), wish=row.wish,
        state=standing(ApprovalState(row.state), row.expires_at, unit.now),
        asked_by=row.asked_by, asked_at=row.asked_at, expires_at=row.expires_at,
        decided_by=row.decided_by,
        decided_for=Side(row.decided_for) if row.decided_for else None,
        decided_at=row.decided_at,
    )  # fmt: skip

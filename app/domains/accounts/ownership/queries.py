"""Reading offers of a shop."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.domains.accounts.ownership.models import OwnershipTransfer
from app.foundation.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class TransferRecord:
    """An offer of a shop, as it stands."""

    id: UUID
    shop_id: UUID
    from_person: UUID
    to_person: UUID
    expires_at: datetime
    is_open: bool


def find_transfer(
    unit: UnitOfWork, transfer_id: UUID, *, for_update: bool = False
) -> TransferRecord | None:
    """Return an offer, locked until the commit where asked."""
    return _one(unit, OwnershipTransfer.id == transfer_id, for_update=for_update)


def find_open_transfer(unit: UnitOfWork, *, shop_id: UUID) -> TransferRecord | None:
    """Return the offer of a shop that waits for an answer."""
    found = _one(
        unit,
        (OwnershipTransfer.shop_id == shop_id)
        & OwnershipTransfer.accepted_at.is_(None)
        & OwnershipTransfer.ended_at.is_(None),
        for_update=False,
    )
    return found if found and found.is_open else None


def _one(unit: UnitOfWork, condition: Any, *, for_update: bool) -> TransferRecord | None:
    query = select(OwnershipTransfer).where(condition)
    row = unit.session.execute(
        query.with_for_update() if for_update else query,
        execution_options={"populate_existing": True},
    ).scalar_one_or_none()
    if row is None:
        return None
    is_open = row.accepted_at is None and row.ended_at is None and unit.now < row.expires_at
    return TransferRecord(
        row.id, row.shop_id, row.from_person, row.to_person, row.expires_at, is_open
    )

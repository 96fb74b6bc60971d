"""Reading transfers and their reversals."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from app.domains.payments.transfers.models import SellerTransfer, TransferReversal
from app.domains.payments.transfers.rules import OPEN, TransferState
from app.foundation.errors import NotFoundError
from app.foundation.money import Money
from app.foundation.unit_of_work import UnitOfWork

_OPEN = [state.value for state in OPEN]


@dataclass(frozen=True, slots=True)
class TransferRecord:
    """A transfer to the seller as it stands; `reversed` of it came back."""

    id: UUID
    subject_id: UUID
    state: TransferState
    amount: Money
    reversed: Money
    account_id: str
    charge_id: str
    provider_id: str
    failure: str
    planned_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class ReversalRecord:
    """A reversal of a transfer as it stands; `transfer_provider_id` is the transfer's."""

    id: UUID
    transfer_id: UUID
    transfer_provider_id: str
    subject_id: UUID
    state: TransferState
    amount: Money
    planned_at: datetime


def get_transfer(
    unit: UnitOfWork, transfer_id: UUID, *, for_update: bool = False
) -> TransferRecord:
    """Return a transfer, locked until the commit where asked. Raises NotFoundError."""
    query = select(SellerTransfer).where(SellerTransfer.id == transfer_id)
    row = unit.session.execute(
        query.with_for_update() if for_update else query,
        execution_options={"populate_existing": True},
    ).scalar_one_or_none()
    if row is None:
        raise NotFoundError
    return _record(row)


def list_transfers(
    unit: UnitOfWork, *, subject_id: UUID | None = None, limit: int = 50
) -> list[TransferRecord]:
    """Return the transfers of one subject, or of the whole shop, newest first."""
    query = select(SellerTransfer).order_by(SellerTransfer.planned_at.desc(), SellerTransfer.id)
    if subject_id is not None:
        query = query.where(SellerTransfer.subject_id == subject_id)
    return [_record(row) for row in unit.session.execute(query.limit(limit)).scalars()]


def list_transfers_to_look_at(unit: UnitOfWork, *, limit: int = 50) -> list[UUID]:
    """Return transfers that we should send, or ask the provider about, now."""
    return list(
        unit.session.execute(
            select(SellerTransfer.id)
            .where(SellerTransfer.look_at.is_not(None), SellerTransfer.look_at <= unit.now)
            .order_by(SellerTransfer.look_at)
            .limit(limit)
        ).scalars()
    )


def list_reversals_to_look_at(unit: UnitOfWork, *, limit: int = 50) -> list[UUID]:
    """Return reversals that we should send, or ask the provider about, now."""
    return list(
        unit.session.execute(
            select(TransferReversal.id)
            .where(TransferReversal.look_at.is_not(None), TransferReversal.look_at <= unit.now)
            .order_by(TransferReversal.look_at)
            .limit(limit)
        ).scalars()
    )


def is_transfer_open(unit: UnitOfWork, *, subject_id: UUID) -> bool:
    """Whether money of this subject is on its way to the seller, the answer not yet here."""
    found = unit.session.execute(
        select(SellerTransfer.id).where(
            SellerTransfer.subject_id == subject_id, SellerTransfer.state.in_(_OPEN)
        )
    ).first()
    return found is not None


def find_last_refusal(unit: UnitOfWork, *, subject_id: UUID) -> datetime | None:
    """Return when the provider last refused a transfer for this subject."""
    return unit.session.execute(
        select(func.max(SellerTransfer.changed_at)).where(
            SellerTransfer.subject_id == subject_id,
            SellerTransfer.state == TransferState.REFUSED.value,
        )
    ).scalar_one()


def get_reversal(
    unit: UnitOfWork, reversal_id: UUID, *, for_update: bool = False
) -> ReversalRecord:
    """Return a reversal, locked until the commit where asked. Raises NotFoundError."""
    query = (
        select(TransferReversal, SellerTransfer.provider_id)
        .join(SellerTransfer, SellerTransfer.id == TransferReversal.transfer_id)
        .where(TransferReversal.id == reversal_id)
    )
    found = unit.session.execute(
        query.with_for_update(of=TransferReversal) if for_update else query,
        execution_options={"populate_existing": True},
    ).first()
    if found is None:
        raise NotFoundError
    row, transfer_provider_id = found
    return ReversalRecord(
        id=row.id, transfer_id=row.transfer_id, transfer_provider_id=transfer_provider_id,
        subject_id=row.subject_id, state=TransferState(row.state),
        amount=Money(row.amount, row.currency), planned_at=row.planned_at,
    )  # fmt: skip


def sum_open_reversals(unit: UnitOfWork, *, currency: str) -> Money:
    """Return how much is being brought back just now, so that it is not taken twice."""
    amount = unit.session.execute(
        select(func.coalesce(func.sum(TransferReversal.amount), 0)).where(
            TransferReversal.currency == currency, TransferReversal.state.in_(_OPEN)
        )
    ).scalar_one()
    return Money(int(amount), currency)


def _record(row: SellerTransfer) -> TransferRecord:
    return TransferRecord(
        id=row.id, subject_id=row.subject_id, state=TransferState(row.state),
        amount=Money(row.amount, row.currency), reversed=Money(row.reversed, row.currency),
        account_id=row.account_id, charge_id=row.charge_id, provider_id=row.provider_id,
        failure=row.failure, planned_at=row.planned_at, changed_at=row.changed_at,
    )  # fmt: skip

"""Planning transfers and reversals, and keeping the provider's answers."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert, update
from sqlalchemy.dialects.postgresql import insert as upsert

from app.domains.payments.errors import PaymentStepError
from app.domains.payments.transfers.models import SellerTransfer, TransferReversal
from app.domains.payments.transfers.queries import ReversalRecord, TransferRecord
from app.domains.payments.transfers.rules import LOOK_AGAIN, TransferState, can_step
from app.foundation.audit.rules import AuditKind
from app.foundation.identifiers import new_id
from app.foundation.money import Money
from app.foundation.unit_of_work import UnitOfWork


def plan_transfer(
    unit: UnitOfWork, *, subject_id: UUID, amount: Money, account_id: str, charge_id: str
) -> UUID:
    """Write down that released money is to move; the database allows one open for each subject."""
    transfer_id = new_id()
    unit.session.execute(
        insert(SellerTransfer).values(
            id=transfer_id, subject_id=subject_id, state=TransferState.PLANNED.value,
            currency=amount.currency, amount=amount.amount, reversed=0, account_id=account_id,
            charge_id=charge_id, provider_id="", failure="", look_at=unit.now,
            planned_at=unit.now, changed_at=unit.now,
        )
    )  # fmt: skip
    _audit(unit, "transfer", transfer_id, "planned", amount)
    return transfer_id


def step_transfer(
    unit: UnitOfWork,
    *,
    transfer: TransferRecord,
    to: TransferState,
    provider_id: str = "",
    failure: str = "",
) -> None:
    """Keep what became of a transfer. Raises PaymentStepError."""
    _step(unit, SellerTransfer, transfer, to, provider_id=provider_id, failure=failure)
    _audit(unit, "transfer", transfer.id, to.value, transfer.amount)


def plan_reversal(
    unit: UnitOfWork, *, transfer: TransferRecord, refund_id: UUID, amount: Money
) -> UUID | None:
    """Write down that transferred money is to come back for a refund; None where it stands already."""
    made: UUID | None = unit.session.execute(
        upsert(TransferReversal)
        .values(
            id=new_id(), transfer_id=transfer.id, subject_id=transfer.subject_id,
            refund_id=refund_id, state=TransferState.PLANNED.value, currency=amount.currency,
            amount=amount.amount, provider_id="", failure="", look_at=unit.now,
            planned_at=unit.now, changed_at=unit.now,
        )
        .on_conflict_do_nothing(index_elements=["transfer_id", "refund_id"])
        .returning(TransferReversal.id)
    ).scalar_one_or_none()  # fmt: skip
    if made is not None:
        _audit(unit, "reversal", made, "planned", amount)
    return made


def step_reversal(
    unit: UnitOfWork,
    *,
    reversal: ReversalRecord,
    to: TransferState,
    provider_id: str = "",
    failure: str = "",
) -> None:
    """Keep what became of a reversal; one that is done counts on its transfer.

    Raises PaymentStepError.
    """
    _step(unit, TransferReversal, reversal, to, provider_id=provider_id, failure=failure)
    if to is TransferState.DONE:
        unit.session.execute(
            update(SellerTransfer)
            .where(SellerTransfer.id == reversal.transfer_id)
            .values(reversed=SellerTransfer.reversed + reversal.amount.amount)
        )
    _audit(unit, "reversal", reversal.id, to.value, reversal.amount)


def look_at_transfer_later(unit: UnitOfWork, *, transfer_id: UUID, wait: timedelta) -> None:
    """Ask about a transfer again in a while."""
    unit.session.execute(
        update(SellerTransfer)
        .where(SellerTransfer.id == transfer_id)
        .values(look_at=unit.now + wait)
    )


def look_at_reversal_later(unit: UnitOfWork, *, reversal_id: UUID, wait: timedelta) -> None:
    """Ask about a reversal again in a while."""
    unit.session.execute(
        update(TransferReversal)
        .where(TransferReversal.id == reversal_id)
        .values(look_at=unit.now + wait)
    )


def _step(
    unit: UnitOfWork, table: Any, known: TransferRecord | ReversalRecord, to: TransferState,
    **changes: str,
) -> None:  # fmt: skip
    if not can_step(known.state, to):
        raise PaymentStepError
    look_at = unit.now + LOOK_AGAIN if to is TransferState.UNKNOWN else None
    moved = unit.session.execute(
        update(table)
        .where(table.id == known.id, table.state == known.state.value)
        .values(state=to.value, changed_at=unit.now, look_at=look_at, **changes)
        .returning(table.id)
    ).first()
    if moved is None:
        raise PaymentStepError


def _audit(unit: UnitOfWork, kind: str, object_id: UUID, word: str, amount: Money) -> None:
    unit.audit(
        action=f"{kind}_{word}", object_kind=kind, object_id=object_id, kind=AuditKind.MONEY,
        amount=amount.amount, currency=amount.currency,
    )  # fmt: skip

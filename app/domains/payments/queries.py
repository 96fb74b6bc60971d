"""Reading payments."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from sqlalchemy import Row, Select, bindparam, select

from app.domains.payments.models import ConnectedAccount, Payment
from app.domains.payments.ports import AccountStatus
from app.domains.payments.rules import PaymentState
from app.foundation.errors import NotFoundError
from app.foundation.guards import Guard, is_guarded
from app.foundation.money import Money
from app.foundation.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class PaymentRecord:
    """A payment as it stands."""

    id: UUID
    subject_id: UUID
    state: PaymentState
    amount: Money
    authorised: int
    captured: int
    refunded: int
    refunding: int
    provider_id: str
    charge_id: str
    client_secret: str
    failure: str
    fee_transaction: str
    created_at: datetime
    declines: int
    needs_challenge: bool


def get_payment(unit: UnitOfWork, payment_id: UUID, *, for_update: bool = False) -> PaymentRecord:
    """Return a payment, locked until the commit where asked. Raises NotFoundError."""
    statement = _payment_by_id(is_locked=for_update and is_guarded(Guard.PAYMENT_LOCK))
    row = unit.connection.execute(statement, {"asked": payment_id}).first()
    if row is None:
        raise NotFoundError
    return _record(row)


def find_payment_of(unit: UnitOfWork, *, subject_id: UUID) -> PaymentRecord | None:
    """Return a subject's latest payment."""
    row = unit.connection.execute(_latest_payment(), {"asked": subject_id}).first()
    return _record(row) if row else None


def find_payment_id(unit: UnitOfWork, *, provider_id: str) -> UUID | None:
    """Return the payment that an intent of the provider belongs to."""
    return unit.session.execute(
        select(Payment.id).where(Payment.provider_id == provider_id)
    ).scalar_one_or_none()


def list_silent_payments(unit: UnitOfWork, *, limit: int = 50) -> list[UUID]:
    """Return payments that we should ask the provider about now."""
    rows = unit.session.execute(
        select(Payment.id)
        .where(Payment.look_at.is_not(None), Payment.look_at <= unit.now)
        .order_by(Payment.look_at)
        .limit(limit)
    )
    return list(rows.scalars())


def find_connected_account(unit: UnitOfWork) -> AccountStatus | None:
    """Return the shop's account at the provider, as we last heard of it."""
    row = unit.session.execute(
        select(
            ConnectedAccount.provider_id,
            ConnectedAccount.can_receive_transfers,
            ConnectedAccount.destination,
        )
    ).first()
    return AccountStatus(*row) if row else None


def _payments() -> Select[tuple[Payment]]:
    return select(
        Payment.id, Payment.subject_id, Payment.state, Payment.amount, Payment.currency,
        Payment.authorised, Payment.captured, Payment.refunded, Payment.refunding,
        Payment.provider_id, Payment.charge_id, Payment.client_secret, Payment.failure,
        Payment.fee_transaction, Payment.created_at, Payment.declines, Payment.needs_challenge,
    )  # type: ignore[return-value]  # fmt: skip


@lru_cache(maxsize=2)
def _payment_by_id(*, is_locked: bool) -> Select[tuple[Payment]]:
    """Return the statement, built once: a purchase reads its payment ten times."""
    statement = _payments().where(Payment.id == bindparam("asked"))
    return statement.with_for_update() if is_locked else statement


@lru_cache(maxsize=1)
def _latest_payment() -> Select[tuple[Payment]]:
    of_subject = _payments().where(Payment.subject_id == bindparam("asked"))
    return of_subject.order_by(Payment.id.desc()).limit(1)


def _record(row: Row[tuple[Payment]]) -> PaymentRecord:
    facts = row._mapping  # noqa: SLF001 - SQLAlchemy's public name for a row's mapping
    return PaymentRecord(
        id=facts["id"], subject_id=facts["subject_id"], state=PaymentState(facts["state"]),
        amount=Money(facts["amount"], facts["currency"]), authorised=facts["authorised"],
        captured=facts["captured"], refunded=facts["refunded"],
        refunding=facts["refunding"], provider_id=facts["provider_id"],
        charge_id=facts["charge_id"], client_secret=facts["client_secret"] or "",
        failure=facts["failure"], fee_transaction=facts["fee_transaction"],
        created_at=facts["created_at"], declines=facts["declines"],
        needs_challenge=facts["needs_challenge"],
    )  # fmt: skip


def list_payments(unit: UnitOfWork) -> list[PaymentRecord]:
    """Return every payment of the shop, for the invariants."""
    return [_record(row) for row in unit.session.execute(_payments())]

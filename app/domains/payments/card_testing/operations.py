"""Counting the payments that were begun, and the cards that were declined."""

from datetime import datetime
from functools import lru_cache
from uuid import UUID

from sqlalchemy import Select, bindparam, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import Insert, insert

from app.domains.accounts.factors.operations.failures import Source
from app.domains.payments.card_testing.errors import TooManyPaymentsError
from app.domains.payments.card_testing.models import PaymentStart
from app.domains.payments.card_testing.rules import KEPT, MOST_OF_BASKET, WINDOW
from app.foundation.guards import Guard, is_guarded
from app.foundation.unit_of_work import UnitOfWork

_LOCK = text("SELECT pg_advisory_xact_lock(:number)")


def note_start(unit: UnitOfWork, *, payment_id: UUID, basket_id: UUID, source: Source) -> None:
    """Count a payment before the provider hears of it; commit this before asking there.

    The same payment counts once. Raises TooManyPaymentsError.
    """
    _lock(unit, basket_id)
    asked = {"asked": basket_id, "since": unit.now - WINDOW}
    begun = unit.connection.execute(_begun(), asked).all()
    if payment_id in {row.payment_id for row in begun}:
        return
    if len(begun) >= MOST_OF_BASKET:
        wait = begun[-MOST_OF_BASKET].begun_at + WINDOW - unit.now
        raise TooManyPaymentsError(max(1, int(wait.total_seconds())))
    unit.connection.execute(
        _beginning(),
        {"payment_id": payment_id, "basket_id": basket_id, "address_hash": source.address_hash,
         "network_hash": source.network_hash, "declines": 0, "begun_at": unit.now,
         "changed_at": unit.now},
    )  # fmt: skip


@lru_cache(maxsize=1)
def _begun() -> Select[UUID, datetime]:
    """Return the statement, built once: every payment that begins sends it."""
    return (
        select(PaymentStart.payment_id, PaymentStart.begun_at)
        .where(
            PaymentStart.basket_id == bindparam("asked"),
            PaymentStart.begun_at > bindparam("since"),
        )
        .order_by(PaymentStart.begun_at)
    )


@lru_cache(maxsize=1)
def _beginning() -> Insert:
    return insert(PaymentStart).on_conflict_do_nothing()


def note_declines(unit: UnitOfWork, *, payment_id: UUID, declines: int) -> None:
    """Keep how many cards a payment has met that were declined; late news change nothing."""
    unit.session.execute(
        update(PaymentStart)
        .where(PaymentStart.payment_id == payment_id, PaymentStart.declines < declines)
        .values(declines=declines, changed_at=func.greatest(PaymentStart.changed_at, unit.now))
    )


def forget_old_starts(unit: UnitOfWork) -> None:
    """Remove what is counted no more."""
    unit.session.execute(delete(PaymentStart).where(PaymentStart.changed_at < unit.now - KEPT))


def _lock(unit: UnitOfWork, basket_id: UUID) -> None:
    """Count one basket's payments one after the other."""
    if not is_guarded(Guard.PAYMENT_START_LOCK):
        return
    number = int.from_bytes(basket_id.bytes[8:], "big", signed=True)
    unit.connection.execute(_LOCK, {"number": number})

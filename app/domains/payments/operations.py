"""Changing payments. Each step writes an event with it; a step that is not listed is refused."""

from dataclasses import replace
from datetime import timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Update, bindparam, update
from sqlalchemy.dialects.postgresql import insert as upsert

from app.domains.payments.errors import PaymentStepError
from app.domains.payments.events import PaymentDeclined
from app.domains.payments.models import ConnectedAccount, Payment, PaymentEvent
from app.domains.payments.ports import AccountStatus, IntentSnapshot
from app.domains.payments.queries import PaymentRecord
from app.domains.payments.rules import POLL_AFTER, PaymentState, can_step
from app.foundation.audit.rules import AuditKind
from app.foundation.identifiers import new_id
from app.foundation.money import Money
from app.foundation.statements import event_row, insertion, step_row, step_with_event, with_event
from app.foundation.unit_of_work import UnitOfWork


def create_payment(
    unit: UnitOfWork,
    *,
    subject_kind: str,
    subject_id: UUID,
    amount: Money,
    needs_challenge: bool = False,
) -> UUID:
    """Write down that a subject is to be paid; the database allows one live payment for each.

    With `needs_challenge` the provider hears of it only after `clear_challenge`; a constraint says so.
    """
    payment_id = new_id()
    asked = {"amount": amount.amount, "currency": amount.currency}
    unit.connection.execute(
        _creating(),
        {
            **event_row(payment_id, "created", asked, unit.now),
            "id": payment_id, "subject_kind": subject_kind, "subject_id": subject_id,
            "state": PaymentState.CREATED.value, "currency": amount.currency,
            "amount": amount.amount, "authorised": 0, "captured": 0, "refunded": 0,
            "refunding": 0, "provider_id": "", "charge_id": "", "failure": "",
            "fee_transaction": "", "look_at": unit.now + POLL_AFTER, "created_at": unit.now,
            "changed_at": unit.now, "declines": 0, "needs_challenge": needs_challenge,
        },
    )  # fmt: skip
    _audit(unit, payment_id, "created")
    return payment_id


@lru_cache(maxsize=1)
def _creating() -> Any:
    return with_event(insertion(Payment), PaymentEvent, "payment_id")


def attach_intent(
    unit: UnitOfWork, *, payment: PaymentRecord, intent: IntentSnapshot
) -> PaymentRecord:
    """Keep the provider's answer to the creation of an intent; return the payment with it."""
    begun = replace(
        payment, state=PaymentState.AUTHORISING, provider_id=intent.provider_id,
        client_secret=intent.client_secret,
    )  # fmt: skip
    step(unit, payment=payment, to=begun.state, provider_id=begun.provider_id,
         client_secret=begun.client_secret)  # fmt: skip
    return begun


def step(unit: UnitOfWork, *, payment: PaymentRecord, to: PaymentState, **changes: Any) -> None:
    """Take a payment to another state with what changed beside it, and write the event.

    `look_at` is set anew: when to ask the provider again, None for never. Raises PaymentStepError.
    """
    if not can_step(payment.state, to):
        raise PaymentStepError
    changes.setdefault("look_at", unit.now + POLL_AFTER)
    facts = {
        name: value
        for name, value in changes.items()
        if name in {"authorised", "captured", "refunded", "failure", "charge_id", "provider_id"}
    }
    values = {"state": to.value, "changed_at": unit.now, **changes}
    moved = unit.connection.execute(
        step_with_event(Payment, PaymentEvent, "payment_id", "state", *values),
        step_row(payment.id, payment.state.value, values)
        | event_row(payment.id, to.value, facts, unit.now),
    ).first()
    if moved is None:
        raise PaymentStepError
    _audit(unit, payment.id, to.value)


def clear_challenge(unit: UnitOfWork, *, payment_id: UUID) -> None:
    """Let a payment begin whose challenge was answered."""
    unit.session.execute(
        update(Payment)
        .where(Payment.id == payment_id, Payment.needs_challenge)
        .values(needs_challenge=False)
    )


def note_declines(unit: UnitOfWork, *, payment: PaymentRecord, declines: int) -> None:
    """Keep how many cards were declined, as the provider counts; nothing where it is no news.

    The caller holds the payment's lock.
    """
    if declines <= payment.declines:
        return
    unit.session.execute(update(Payment).where(Payment.id == payment.id).values(declines=declines))
    unit.record(PaymentDeclined(payment_id=payment.id, declines=declines))


def look_later(unit: UnitOfWork, *, payment_id: UUID, seconds: float) -> None:
    """Ask the provider about this payment again in a while."""
    later = unit.now + timedelta(seconds=seconds)
    unit.connection.execute(_changing(), {"asked": payment_id, "look_at": later})


def stop_looking(unit: UnitOfWork, *, payment_id: UUID) -> None:
    """Ask the provider no more: nothing can follow, or a message will tell."""
    unit.connection.execute(
        update(Payment)
        .where(Payment.id == payment_id, Payment.look_at.is_not(None))
        .values(look_at=None)
    )


def note_fee(unit: UnitOfWork, *, payment_id: UUID, transaction: str) -> None:
    """Remember that the provider's fee has been posted."""
    facts = {"asked": payment_id, "fee_transaction": transaction}
    unit.connection.execute(_changing(), facts)


@lru_cache(maxsize=1)
def _changing() -> Update:
    """Return the statement, built once, for what changes beside a payment's state."""
    return update(Payment).where(Payment.id == bindparam("asked"))


def save_connected_account(unit: UnitOfWork, *, account: AccountStatus) -> None:
    """Keep what the provider says of the shop's account."""
    values = {
        "can_receive_transfers": account.can_receive_transfers,
        "destination": account.destination,
        "changed_at": unit.now,
    }
    unit.session.execute(
        upsert(ConnectedAccount)
        .values(provider_id=account.provider_id, created_at=unit.now, **values)
        .on_conflict_do_update(index_elements=["provider_id"], set_=values)
    )
    unit.audit(
        actor="provider", action="connected_account_changed", object_kind="connected_account",
        object_id=account.provider_id, kind=AuditKind.MONEY,
        can_receive_transfers=account.can_receive_transfers,
        destination=account.destination,
    )  # fmt: skip


def write_payment_event(unit: UnitOfWork, payment_id: UUID, event: str, /, **facts: Any) -> None:
    """Write what happened to a payment, and audit it."""
    unit.connection.execute(
        insertion(PaymentEvent),
        {"id": new_id(), "payment_id": payment_id, "event": event, "facts": facts,
         "happened_at": unit.now},
    )  # fmt: skip
    _audit(unit, payment_id, event)


def _audit(unit: UnitOfWork, payment_id: UUID, event: str) -> None:
    unit.audit(
        action=f"payment_{event}", object_kind="payment", object_id=payment_id,
        kind=AuditKind.MONEY,
    )  # fmt: skip

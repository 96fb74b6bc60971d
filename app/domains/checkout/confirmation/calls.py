"""Calls to the provider about one payment, each outside of any transaction."""

from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

import structlog

from app.domains.inventory.operations import extend_holds
from app.domains.payments.errors import PaymentUnavailableError
from app.domains.payments.operations import look_later, step
from app.domains.payments.ports import (
    IntentSnapshot,
    PaymentProvider,
    ProviderRefusedError,
    ProviderUnavailableError,
)
from app.domains.payments.queries import PaymentRecord, get_payment
from app.domains.payments.rules import PaymentState
from app.foundation.database import ShopScope
from app.foundation.ports import port
from app.foundation.unit_of_work import UnitOfWork, run_in_unit

log = structlog.get_logger(__name__)

FIRST_LOOK_SECONDS = 5.0

Answer = TypeVar("Answer")
Follow = Callable[[PaymentProvider], IntentSnapshot]
"""The call that comes next, to be made once what it belongs to is committed."""


def ask(
    scope: ShopScope, payment: PaymentRecord, call: Callable[[PaymentProvider], Answer]
) -> Answer:
    """Ask the provider; where it does not answer, look again soon: `unknown` is no failure.

    Raises PaymentUnavailableError where the provider does not answer.
    """
    try:
        return call(port(PaymentProvider))
    except ProviderUnavailableError as error:
        run_in_unit(scope, lambda unit: _note_silence(unit, payment.id))
        raise PaymentUnavailableError from error


def _note_silence(unit: UnitOfWork, payment_id: UUID) -> None:
    """Ask again soon, and keep the pieces a while longer for a buyer who does the same."""
    payment = get_payment(unit, payment_id, for_update=True)
    if payment.state is PaymentState.CREATED:
        step(unit, payment=payment, to=PaymentState.UNKNOWN)
    extend_holds(unit, subject_id=payment.subject_id, since=payment.created_at)
    look_later(unit, payment_id=payment_id, seconds=FIRST_LOOK_SECONDS)


def capturing(payment: PaymentRecord) -> Follow:
    """Return the call that takes what was authorised."""
    return lambda provider: _tolerant(
        provider, payment,
        lambda: provider.capture(payment.provider_id, payment_id=payment.id, amount=payment.amount),
    )  # fmt: skip


def cancelling(payment: PaymentRecord) -> Follow:
    """Return the call that lets an intent go."""
    return lambda provider: _tolerant(
        provider, payment, lambda: provider.cancel(payment.provider_id, payment_id=payment.id)
    )


def refunding(payment: PaymentRecord) -> Follow:
    """Return the call that gives captured money back, and looks at the intent after it."""

    def refund(provider: PaymentProvider) -> IntentSnapshot:
        provider.refund(payment.provider_id, refund_id=payment.id, amount=payment.amount)
        return provider.fetch_intent(payment.provider_id)

    return refund


def _tolerant(
    provider: PaymentProvider, payment: PaymentRecord, call: Callable[[], IntentSnapshot]
) -> IntentSnapshot:
    """Take a refusal as a reason to look: the intent has moved on, and says where to."""
    try:
        return call()
    except ProviderRefusedError as refusal:
        log.info("provider refused", payment_id=str(payment.id), code=refusal.code)
        return provider.fetch_intent(payment.provider_id)

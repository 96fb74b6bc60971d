"""Beginning a payment: counted by basket and address, after a challenge where cards were declined."""

from dataclasses import dataclass
from uuid import UUID

from flask import current_app, g

from app.domains.accounts.challenges.errors import ChallengeNeededError
from app.domains.accounts.challenges.rules import Purpose
from app.domains.accounts.factors.operations.failures import source_of
from app.domains.checkout.confirmation.beginning import begin_payment
from app.domains.checkout.confirmation.sight import Open, open_payment
from app.domains.checkout.queries import find_cart_id_of_order
from app.domains.payments.card_testing.errors import TooManyPaymentsError
from app.domains.payments.card_testing.operations import note_start
from app.domains.payments.card_testing.queries import is_payment_challenged
from app.domains.payments.card_testing.rules import FreeDeclines
from app.domains.payments.queries import PaymentRecord
from app.domains.payments.rules import WAITING_FOR_BUYER
from app.faces.shared.challenges import check_challenge
from app.faces.shared.limits import client_address
from app.foundation.configuration import Configuration
from app.foundation.database import ShopScope, directory_scope
from app.foundation.unit_of_work import UnitOfWork, unit_of_work


@dataclass(frozen=True, slots=True)
class Due:
    """A payment that is to begin, and the basket that it is counted by."""

    opened: Open
    basket_id: UUID


def find_due(unit: UnitOfWork, payment: PaymentRecord) -> Due:
    """Return what `start_payment` needs of a payment; end the unit before it."""
    basket_id = find_cart_id_of_order(unit, order_id=payment.subject_id)
    return Due(open_payment(unit, payment), basket_id or payment.subject_id)


def start_payment(scope: ShopScope, due: Due, *, answer: str | None = None) -> PaymentRecord:
    """Return a payment with its secret at the provider; make that where there is none yet.

    `answer` is the challenge's, where one was sent. Raises ChallengeNeededError where one has to be
    answered first, ChallengeRefusedError, TooManyPaymentsError, and what `begin_payment` raises.
    """
    payment = due.opened.payment
    if payment.provider_id or payment.state not in WAITING_FOR_BUYER:
        return begin_payment(scope, due.opened)
    if answer is not None:
        check_challenge(Purpose.PAYMENT, answer)
    is_cleared = answer is not None
    _count(payment, due.basket_id, is_cleared=is_cleared)
    return begin_payment(scope, due.opened, is_cleared=is_cleared)


def _count(payment: PaymentRecord, basket_id: UUID, *, is_cleared: bool) -> None:
    source = source_of(client_address())
    with unit_of_work(directory_scope()) as unit:
        is_asked = payment.needs_challenge or is_payment_challenged(
            unit, basket_id=basket_id, source=source, free=_free()
        )
        if is_asked and not is_cleared:
            raise ChallengeNeededError
        try:
            note_start(unit, payment_id=payment.id, basket_id=basket_id, source=source)
        except TooManyPaymentsError as error:
            g.retry_after = error.seconds
            raise


def _free() -> FreeDeclines:
    configuration: Configuration = current_app.config["GALLERIA"]
    return FreeDeclines().times(configuration.rate_limit_factor)

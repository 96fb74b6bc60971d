"""The beginning of a payment: its intent at the provider."""

from uuid import UUID

from app.domains.accounts.challenges.errors import ChallengeNeededError
from app.domains.checkout.confirmation.calls import ask
from app.domains.checkout.confirmation.sight import Open
from app.domains.payments.errors import MoneyStoppedError
from app.domains.payments.operations import attach_intent, clear_challenge
from app.domains.payments.ports import IntentSnapshot, NewIntent
from app.domains.payments.queries import PaymentRecord, get_payment
from app.domains.payments.rules import WAITING_FOR_BUYER, PaymentState
from app.foundation.database import ShopScope
from app.foundation.unit_of_work import UnitOfWork, run_in_unit


def begin_payment(scope: ShopScope, opened: Open, *, is_cleared: bool = False) -> PaymentRecord:
    """Make sure that a payment has its intent at the provider; return it with its client secret.

    The payment is as the caller has read it: whoever is sooner, the provider makes one intent for
    it, and the first to write it down is right. `is_cleared` says that its challenge was answered
    just now. Raises PaymentUnavailableError where the provider does not answer, MoneyStoppedError
    where the shop's money is halted, ChallengeNeededError; nothing is lost by any.
    """
    payment = opened.payment
    if opened.is_stopped and payment.state in WAITING_FOR_BUYER:
        raise MoneyStoppedError
    if payment.provider_id or payment.state not in WAITING_FOR_BUYER:
        return payment
    if payment.needs_challenge:
        if not is_cleared:
            raise ChallengeNeededError
        run_in_unit(scope, lambda unit: clear_challenge(unit, payment_id=payment.id))
    wanted = NewIntent(payment.id, scope.shop_id, payment.subject_id, payment.amount)
    intent = ask(scope, payment, lambda provider: provider.create_intent(wanted))
    return run_in_unit(scope, lambda unit: keep_intent(unit, payment.id, intent))


def keep_intent(unit: UnitOfWork, payment_id: UUID, intent: IntentSnapshot) -> PaymentRecord:
    """Write a payment's intent beside it, unless another caller has; return the payment."""
    payment = get_payment(unit, payment_id, for_update=True)
    if payment.provider_id or payment.state not in {PaymentState.CREATED, PaymentState.UNKNOWN}:
        return payment
    return attach_intent(unit, payment=payment, intent=intent)

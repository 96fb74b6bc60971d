"""Looking at a payment's intent, and doing what follows from it until nothing more does."""

from collections.abc import Callable
from uuid import UUID

from app.domains.checkout.confirmation.beginning import keep_intent
from app.domains.checkout.confirmation.calls import Follow, ask
from app.domains.checkout.confirmation.claiming import claim_paid_pieces, claim_pieces
from app.domains.checkout.confirmation.declining import note_failure
from app.domains.checkout.confirmation.ending import cancel, close, refund
from app.domains.checkout.confirmation.settling import capture, post_late_fee, settle
from app.domains.checkout.confirmation.sight import Open, Sight, lock_both, open_payment
from app.domains.checkout.confirmation.waiting import (
    close_unborn,
    note_action,
    wait,
)
from app.domains.checkout.rules import Action, next_action
from app.domains.payments.ports import IntentSnapshot
from app.domains.payments.queries import PaymentRecord, get_payment
from app.domains.payments.rules import WAITING_FOR_BUYER
from app.foundation.database import ShopScope
from app.foundation.unit_of_work import UnitOfWork, run_in_unit, unit_of_work

MOST_STEPS = 4
"""How many times one call goes round: claim, capture, settle, and one to spare."""


def confirm_payment(scope: ShopScope, *, payment_id: UUID) -> None:
    """Look at a payment's intent and do what follows from it, until nothing more does.

    Safe to call at any time, by several callers at once. Raises PaymentUnavailableError where the
    provider does not answer.
    """
    with unit_of_work(scope) as unit:
        opened = open_payment(unit, get_payment(unit, payment_id))
    confirm(scope, opened)


def confirm(scope: ShopScope, opened: Open) -> None:
    """Do the same for a payment that the caller has read. Raises PaymentUnavailableError."""
    intent = _look_up(scope, opened.payment)
    if intent is None:
        return
    for _ in range(MOST_STEPS):
        follow = run_in_unit(scope, _following(opened, intent))
        if follow is None:
            return
        intent = ask(scope, opened.payment, follow)


def _look_up(scope: ShopScope, payment: PaymentRecord) -> IntentSnapshot | None:
    """Return the intent as it is now; find one whose creation was never answered.

    There is none while a challenge is open.
    """
    if payment.provider_id:
        return ask(scope, payment, lambda provider: provider.fetch_intent(payment.provider_id))
    found = (
        None
        if payment.needs_challenge
        else ask(scope, payment, lambda provider: provider.find_intent(payment.id))
    )
    if found is None:
        run_in_unit(scope, lambda unit: close_unborn(unit, payment))
        return None
    if payment.state in WAITING_FOR_BUYER:
        run_in_unit(scope, lambda unit: keep_intent(unit, payment.id, found))
    return found


def _following(opened: Open, intent: IntentSnapshot) -> Callable[[UnitOfWork], Follow | None]:
    """Return what commits the consequences of an intent, and names the call that comes next."""

    def follow(unit: UnitOfWork) -> Follow | None:
        order, payment = lock_both(unit, opened.payment)
        action = next_action(payment.state, intent.status, has_failed=bool(intent.failure))
        takes_money = action in {Action.CLAIM, Action.CAPTURE}
        if action is Action.NOTHING or (opened.is_stopped and takes_money):
            return wait(unit, order, payment)
        return _DO[action](unit, Sight(order, payment, intent))

    return follow


_DO: dict[Action, Callable[[UnitOfWork, Sight], Follow | None]] = {
    Action.CLAIM: claim_pieces,
    Action.CLAIM_PAID: claim_paid_pieces,
    Action.CAPTURE: capture,
    Action.SETTLE: settle,
    Action.CANCEL: cancel,
    Action.CLOSE: close,
    Action.REFUND: refund,
    Action.NOTE_FAILURE: note_failure,
    Action.NOTE_ACTION: note_action,
    Action.POST_FEE: post_late_fee,
}

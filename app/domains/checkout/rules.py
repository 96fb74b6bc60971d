"""Pure: what to do when we look at a payment, from what we and the provider have."""

from enum import StrEnum

from app.domains.payments.ports import IntentStatus
from app.domains.payments.rules import WAITING_FOR_BUYER, PaymentState


class Action(StrEnum):
    """What confirming a payment does next."""

    NOTHING = "nothing"
    CLAIM = "claim"
    """The money is promised: claim the pieces, then capture; void where they are gone."""
    CLAIM_PAID = "claim_paid"
    """The method took the money at once: claim the pieces; refund where they are gone."""
    CAPTURE = "capture"
    SETTLE = "settle"
    """The money is taken: post it and confirm the order."""
    CANCEL = "cancel"
    CLOSE = "close"
    """The provider has cancelled: give everything back."""
    REFUND = "refund"
    NOTE_FAILURE = "note_failure"
    NOTE_ACTION = "note_action"
    POST_FEE = "post_fee"


_CAPTURING = frozenset({PaymentState.CAPTURING, PaymentState.CAPTURE_FAILED})


def next_action(state: PaymentState, status: IntentStatus, *, has_failed: bool) -> Action:
    """Return what to do for a payment in `state` whose intent has `status` now.

    The provider's current object decides, never the order in which messages came (states.md).
    """
    if state in WAITING_FOR_BUYER:
        return _for_waiting(status, has_failed=has_failed)
    table: dict[tuple[bool, IntentStatus], Action] = {
        (True, IntentStatus.CAPTURABLE): Action.CAPTURE,
        (True, IntentStatus.SUCCEEDED): Action.SETTLE,
        (True, IntentStatus.CANCELED): Action.CLOSE,
    }
    if state in _CAPTURING:
        return table.get((True, status), Action.NOTHING)
    if state is PaymentState.VOIDING:
        return _for_voiding(status)
    if state is PaymentState.REFUNDING:
        return Action.REFUND
    if state is PaymentState.CAPTURED:
        return Action.POST_FEE
    return Action.NOTHING


def _for_waiting(status: IntentStatus, *, has_failed: bool) -> Action:
    if status is IntentStatus.WAITING:
        return Action.NOTE_FAILURE if has_failed else Action.NOTHING
    return {
        IntentStatus.CAPTURABLE: Action.CLAIM,
        IntentStatus.SUCCEEDED: Action.CLAIM_PAID,
        IntentStatus.CANCELED: Action.CLOSE,
        IntentStatus.REQUIRES_ACTION: Action.NOTE_ACTION,
    }.get(status, Action.NOTHING)


def _for_voiding(status: IntentStatus) -> Action:
    if status is IntentStatus.CANCELED:
        return Action.CLOSE
    if status is IntentStatus.SUCCEEDED:
        return Action.REFUND
    return Action.CANCEL

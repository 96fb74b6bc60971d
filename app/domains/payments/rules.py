"""Pure rules about payments: the states and the steps between them (states.md, section 1)."""

from datetime import timedelta
from enum import StrEnum

from app.foundation.money import Money


class PaymentState(StrEnum):
    """Where a payment stands. `unknown` is neither success nor failure: look it up."""

    CREATED = "created"
    AUTHORISING = "authorising"
    REQUIRES_ACTION = "requires_action"
    UNKNOWN = "unknown"
    FAILED = "failed"
    CAPTURING = "capturing"
    CAPTURED = "captured"
    CAPTURE_FAILED = "capture_failed"
    VOIDING = "voiding"
    VOIDED = "voided"
    EXPIRED = "expired"
    REFUNDING = "refunding"
    REFUNDED = "refunded"


_S = PaymentState

STEPS: dict[PaymentState, frozenset[PaymentState]] = {
    _S.CREATED: frozenset(
        {_S.AUTHORISING, _S.UNKNOWN, _S.FAILED, _S.VOIDING, _S.VOIDED, _S.EXPIRED}
    ),
    _S.AUTHORISING: frozenset(
        {_S.REQUIRES_ACTION, _S.UNKNOWN, _S.FAILED, _S.CAPTURING, _S.CAPTURED, _S.VOIDING, _S.VOIDED,
         _S.EXPIRED, _S.REFUNDING}
    ),
    _S.REQUIRES_ACTION: frozenset(
        {_S.AUTHORISING, _S.UNKNOWN, _S.FAILED, _S.CAPTURING, _S.CAPTURED, _S.VOIDING, _S.VOIDED,
         _S.EXPIRED, _S.REFUNDING}
    ),
    _S.UNKNOWN: frozenset({_S.AUTHORISING, _S.FAILED, _S.VOIDING, _S.VOIDED, _S.EXPIRED}),
    _S.FAILED: frozenset(
        {_S.AUTHORISING, _S.REQUIRES_ACTION, _S.CAPTURING, _S.CAPTURED, _S.VOIDING, _S.VOIDED,
         _S.EXPIRED, _S.REFUNDING}
    ),
    _S.CAPTURING: frozenset({_S.CAPTURED, _S.CAPTURE_FAILED, _S.VOIDING, _S.VOIDED, _S.EXPIRED}),
    _S.CAPTURE_FAILED: frozenset({_S.CAPTURING, _S.CAPTURED, _S.VOIDING, _S.VOIDED, _S.EXPIRED}),
    _S.CAPTURED: frozenset({_S.REFUNDING}),
    _S.VOIDING: frozenset({_S.VOIDED, _S.EXPIRED, _S.REFUNDING}),
    _S.VOIDED: frozenset(),
    _S.EXPIRED: frozenset(),
    _S.REFUNDING: frozenset({_S.REFUNDED}),
    _S.REFUNDED: frozenset(),
}  # fmt: skip

WAITING_FOR_BUYER = frozenset(
    {_S.CREATED, _S.AUTHORISING, _S.REQUIRES_ACTION, _S.UNKNOWN, _S.FAILED}
)
"""States in which the buyer may still pay, or has paid without our knowing."""

ENDED = frozenset({_S.VOIDED, _S.EXPIRED, _S.REFUNDED})
"""States from which nothing follows."""

POLL_AFTER = timedelta(seconds=20)
"""How long a payment may be silent before we ask the provider: the webhook may never come."""
GIVE_UP_AFTER = timedelta(hours=1)
"""When a payment that the buyer never finished is cancelled at the provider."""


MOST_CHARGED = 99_999_999
"""The largest charge, in minor units, in any currency (Stripe, "Minimum and maximum amounts")."""
LEAST_CHARGED = 50
LEAST_CHARGED_IN = {
    "AED": 200, "BGN": 100, "CZK": 1500, "DKK": 250, "GBP": 30, "HKD": 400, "HUF": 17500,
    "MXN": 1000, "MYR": 200, "NOK": 300, "PLN": 200, "RON": 200, "SEK": 300, "THB": 1000,
}  # fmt: skip
"""The smallest charge, in minor units, where it is not LEAST_CHARGED (the same page)."""


def can_be_charged(amount: Money) -> bool:
    """Whether the provider takes a charge of this amount."""
    least = LEAST_CHARGED_IN.get(amount.currency, LEAST_CHARGED)
    return least <= amount.amount <= MOST_CHARGED


def can_step(state: PaymentState, to: PaymentState) -> bool:
    """Whether a payment may go from `state` to `to`."""
    return to in STEPS[state]

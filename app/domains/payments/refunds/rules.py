"""Pure rules about refunds: the states and the steps between them."""

from datetime import timedelta
from enum import StrEnum


class RefundState(StrEnum):
    """Where a refund stands. `unknown`: asked of the provider, and no answer came."""

    ASKED = "asked"
    UNKNOWN = "unknown"
    PENDING = "pending"
    """The money has left us and is not yet with the buyer."""
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    """The money came back to us: the bank would not take it."""
    REFUSED = "refused"
    """The provider would not do it; nothing has left."""


class RefundReason(StrEnum):
    """Why money is given back, in a few words of ours: no free text, no personal data."""

    RETURNED = "returned"
    DAMAGED = "damaged"
    NOT_ARRIVED = "not_arrived"
    GOODWILL = "goodwill"
    OTHER = "other"


_S = RefundState

STEPS: dict[RefundState, frozenset[RefundState]] = {
    _S.ASKED: frozenset({_S.UNKNOWN, _S.PENDING, _S.SUCCEEDED, _S.REFUSED}),
    _S.UNKNOWN: frozenset({_S.PENDING, _S.SUCCEEDED, _S.REFUSED}),
    _S.PENDING: frozenset({_S.SUCCEEDED, _S.FAILED}),
    _S.SUCCEEDED: frozenset({_S.FAILED}),
    _S.FAILED: frozenset(),
    _S.REFUSED: frozenset(),
}

UNANSWERED = frozenset({_S.ASKED, _S.UNKNOWN})
"""States in which the provider may or may not have the refund, and the books do not."""

LOOK_DAILY_FOR = timedelta(days=14)
"""How long a refund that succeeded is looked at once a day: a bank may send it back."""


def can_step(state: RefundState, to: RefundState) -> bool:
    """Whether a refund may go from `state` to `to`."""
    return to in STEPS[state]

"""Pure rules about transfers and their reversals: the states, and when to send again."""

from datetime import datetime, timedelta
from enum import StrEnum


class TransferState(StrEnum):
    """Where a transfer or a reversal stands. `unknown`: asked for, and no answer came."""

    PLANNED = "planned"
    UNKNOWN = "unknown"
    DONE = "done"
    REFUSED = "refused"


_S = TransferState

STEPS: dict[TransferState, frozenset[TransferState]] = {
    _S.PLANNED: frozenset({_S.UNKNOWN, _S.DONE, _S.REFUSED}),
    _S.UNKNOWN: frozenset({_S.DONE, _S.REFUSED}),
    _S.DONE: frozenset(),
    _S.REFUSED: frozenset(),
}
OPEN = frozenset({_S.PLANNED, _S.UNKNOWN})

KEYS_LAST = timedelta(hours=24)
"""How long the provider keeps an idempotency key: afterwards we look up and never send again."""
LOOK_AGAIN = timedelta(seconds=30)
WAIT_AFTER_REFUSAL = timedelta(hours=1)
"""How long after a refused transfer the same money is tried again, as a new one."""


def can_step(state: TransferState, to: TransferState) -> bool:
    """Whether a transfer may go from `state` to `to`."""
    return to in STEPS[state]


def may_send_again(planned_at: datetime, now: datetime) -> bool:
    """Whether the provider still knows our key, so that sending again has no second effect."""
    return now - planned_at < KEYS_LAST

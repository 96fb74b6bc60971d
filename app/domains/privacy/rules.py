"""Pure: how long an erasure can be taken back, and its states."""

from datetime import timedelta
from enum import StrEnum

COOLING_OFF = timedelta(days=7)
"""So long nothing is erased, and the person can keep the account."""
FINISHED_WITHIN = timedelta(days=30)
"""The promise (SEC-004): from the wish to the end of the erasure."""


class ErasureState(StrEnum):
    """How an erasure stands."""

    ASKED = "asked"
    WITHDRAWN = "withdrawn"
    RUNNING = "running"
    DONE = "done"

"""Pure rules about sessions and sign-in (architecture.md, section 5)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

SESSION_LIFE = timedelta(hours=24)
IDLE_LIMIT = timedelta(minutes=15)
"""For staff, merchants and admins; buyers have no shorter limit (BOX-7, SEC-011)."""
PROOF_LIFE = timedelta(minutes=5)
"""How long after a proof sensitive acts are open (ART-7)."""
HAND_OVER_LIFE = timedelta(seconds=60)
OLD_TOKEN_LIFE = timedelta(seconds=30)
"""How long a session's former secret still opens it: requests that were under way."""
PARKED_LIFE = timedelta(hours=1)
SEEN_STEP = timedelta(minutes=1)
"""How old `seen_at` must be before it is written again: a page must not always write."""
HISTORY_LIFE = timedelta(days=548)
"""Sign-ins are kept for 18 months (BOX-14)."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a sign-in comes from, in words a person knows: "Firefox on Linux", an address."""

    agent: str
    address: str


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """When a session ends by itself, and when it wants a proof before it goes on."""

    created_at: datetime
    seen_at: datetime
    has_idle_limit: bool

    def is_over(self, now: datetime) -> bool:
        """Whether the session has ended at `now`."""
        return now >= self.created_at + SESSION_LIFE

    def is_locked(self, now: datetime) -> bool:
        """Whether nobody has been there for so long that a proof is asked for first."""
        return self.has_idle_limit and now >= self.seen_at + IDLE_LIMIT

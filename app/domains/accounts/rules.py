"""Pure rules about sessions and sign-in (architecture.md, section 5)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

PLATFORM = UUID(int=0)
"""Stands for the platform where a membership names a shop."""
SESSION_LIFE = timedelta(hours=24)
IDLE_LIMIT = timedelta(minutes=15)
"""For staff, merchants and admins; buyers have no shorter limit (BOX-7, SEC-011)."""
FAILURE_WINDOW = timedelta(minutes=15)
MOST_FAILURES = 5
SEEN_STEP = timedelta(minutes=1)
"""How old `seen_at` must be before it is written again: a page must not always write."""


class Role(StrEnum):
    """What a person may be: of a shop, or of the platform."""

    OWNER = "owner"
    ADMINISTRATOR = "administrator"
    CATALOGUE = "catalogue"
    ORDERS = "orders"
    MARKETING = "marketing"
    SUPPORT = "support"
    CONCIERGE = "concierge"
    SUPPLIER = "supplier"
    STAFF = "staff"

    ADMIN = "admin"
    MODERATOR = "moderator"
    FINANCE = "finance"
    PLATFORM_SUPPORT = "platform_support"
    AUDITOR = "auditor"


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """When a session ends by itself."""

    created_at: datetime
    seen_at: datetime
    has_idle_limit: bool

    def is_over(self, now: datetime) -> bool:
        """Whether the session has ended at `now`."""
        if now >= self.created_at + SESSION_LIFE:
            return True
        return self.has_idle_limit and now >= self.seen_at + IDLE_LIMIT

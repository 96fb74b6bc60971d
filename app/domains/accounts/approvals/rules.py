"""Pure rules about four eyes: above which amount, for how long, and who may decide."""

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from app.foundation.money import Money, minor_digits

APPROVAL_LIFE = timedelta(days=7)
LIMITS = {"EUR": 500_00, "CHF": 500_00, "GBP": 450_00, "USD": 550_00, "JPY": 80_000}
"""Up to here one person alone gives money back or corrects a shop's books; minor units."""
LIMIT_ELSEWHERE = 500
"""The limit of a currency that is not listed, in its major units."""


class ApprovalKind(StrEnum):
    """What is to be approved."""

    REFUND = "refund"
    JOURNAL = "journal"
    """A correction of a shop's books, posted by the platform's finance by hand."""


class ApprovalState(StrEnum):
    """Where a wish stands. `expired` is not stored: it is pending, and its time is over."""

    PENDING = "pending"
    APPROVED = "approved"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class Side(StrEnum):
    """For whom somebody decides: a colleague for the shop, or finance for the platform."""

    SHOP = "shop"
    PLATFORM = "platform"


def side_of(kind: ApprovalKind) -> Side:
    """Return who asks for this kind: a refund is a shop's wish, a journal the platform's."""
    return Side.PLATFORM if kind is ApprovalKind.JOURNAL else Side.SHOP


def limit_for(currency: str) -> Money:
    """Return up to which amount one person decides alone."""
    elsewhere = LIMIT_ELSEWHERE * 10 ** minor_digits(currency)
    return Money(LIMITS.get(currency, elsewhere), currency)


def needs_second_person(amount: Money, *, before: Money) -> bool:
    """Whether `amount` is too much for one person, with what went before it on the same order.

    What went before counts, so that a large amount is not given back in small ones.
    """
    return limit_for(amount.currency) < amount + before


def standing(state: ApprovalState, expires_at: datetime, now: datetime) -> ApprovalState:
    """Return where a wish stands at `now`."""
    is_over = state is ApprovalState.PENDING and now >= expires_at
    return ApprovalState.EXPIRED if is_over else state


def is_for_platform(approvers: frozenset[UUID], asked_by: UUID) -> bool:
    """Whether nobody in the shop but the one who asked could approve: then finance decides."""
    return not approvers - {asked_by}

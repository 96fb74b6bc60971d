"""Pure rules about waiting for the provider: for how long it is usual, and what to do afterwards."""

from datetime import datetime, timedelta
from enum import StrEnum

from app.domains.payments.transfers.rules import KEYS_LAST

SHOULD_ANSWER_WITHIN = timedelta(minutes=10)
"""We ask every half minute by ourselves: after this long, something is wrong."""
SHOULD_ARRIVE_WITHIN = timedelta(days=10)
"""How long a bank may take with a refund that left (Stripe: 5 to 10 business days)."""


class UnansweredKind(StrEnum):
    """What was asked of the provider."""

    TRANSFER = "transfer"
    REVERSAL = "reversal"
    REFUND = "refund"


class NextStep(StrEnum):
    """What a person does about it."""

    LET_MONEY_GO_ON = "let_money_go_on"
    """The shop's money is stopped: nothing is sent until somebody lets it go on."""
    ASK_AGAIN = "ask_again"
    """The provider still knows our key: asking again never moves the money twice."""
    SEARCH_AT_PROVIDER = "search_at_provider"
    """Older than the key: we only look it up, and never send it again by ourselves."""
    ASK_THE_BANK = "ask_the_bank"
    """The refund has left, and no bank has confirmed it."""


def next_step(state: str, since: datetime, now: datetime, *, is_stopped: bool) -> NextStep:
    """Return what a person does about something overdue."""
    if state == "pending":
        return NextStep.ASK_THE_BANK
    if is_stopped:
        return NextStep.LET_MONEY_GO_ON
    return NextStep.ASK_AGAIN if now - since < KEYS_LAST else NextStep.SEARCH_AT_PROVIDER

"""Pure rules about invitations: for how long, how many, how often."""

from datetime import datetime, timedelta

INVITATION_LIFE = timedelta(days=7)
INVITATION_KEPT = timedelta(days=30)
"""How long an invitation that is over is remembered, without its address."""
MOST_OPEN_INVITATIONS = 50
RESEND_STEP = timedelta(minutes=1)
"""How soon after a mail the next one may follow."""


def may_send_again(sent_at: datetime, now: datetime) -> bool:
    """Whether the mail may be sent once more."""
    return now - sent_at >= RESEND_STEP


def hide_address(address: str) -> str:
    """Return an address for somebody who may not be its owner: a•••@example.com."""
    name, _, host = address.rpartition("@")
    return f"{name[:1]}•••@{host}"

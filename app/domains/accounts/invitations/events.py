"""What happened to invitations: ids only."""

from dataclasses import dataclass
from uuid import UUID

from app.foundation.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationAsked(Event):
    """Somebody is invited, or the mail is wanted once more; `mail_id` is another for each mail."""

    invitation_id: UUID
    mail_id: UUID

"""What happened to wishes above the limit: ids only."""

from dataclasses import dataclass
from uuid import UUID

from app.foundation.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalAsked(Event):
    """Something waits for a second person: whoever may decide is told."""

    approval_id: UUID

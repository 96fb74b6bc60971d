"""What happened to sessions: ids only."""

from dataclasses import dataclass
from uuid import UUID

from app.foundation.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDeviceSignedIn(Event):
    """A person signed in from a browser that had not signed in to their account before."""

    person_id: UUID
    session_id: UUID

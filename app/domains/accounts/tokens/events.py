"""What happened to keys for programs: ids only."""

from dataclasses import dataclass
from uuid import UUID

from app.foundation.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiTokenMade(Event):
    """Somebody made a key that opens a person's account or a shop: the person is told."""

    token_id: UUID

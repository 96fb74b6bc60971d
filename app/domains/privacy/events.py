"""What happens to a wish to be erased: ids only."""

from dataclasses import dataclass
from uuid import UUID

from app.foundation.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureAsked(Event):
    """A person wants to be erased; for seven days they can take it back."""

    erasure_id: UUID
    person_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureWithdrawn(Event):
    """A person keeps the account."""

    erasure_id: UUID
    person_id: UUID

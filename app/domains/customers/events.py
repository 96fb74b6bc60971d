"""What happens to a shop's customers."""

from dataclasses import dataclass
from uuid import UUID

from app.foundation.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerMade(Event):
    """A person dealt with this shop for the first time."""

    customer_id: UUID
    person_id: UUID

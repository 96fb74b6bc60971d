"""What happens to orders."""

from dataclasses import dataclass
from uuid import UUID

from app.foundation.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPlaced(Event):
    """A buyer asked for these things; they are held, and not yet paid."""

    order_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderConfirmed(Event):
    """An order is paid and its pieces are the buyer's."""

    order_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCancelled(Event):
    """An order came to nothing; `reason` is one of a few words of ours."""

    order_id: UUID
    reason: str

"""What happens to shops."""

from dataclasses import dataclass
from uuid import UUID

from app.foundation.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopOpened(Event):
    """A shop's doors opened to buyers."""

    shop_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopSuspended(Event):
    """A platform admin closed a shop's doors for now."""

    shop_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class SpareClaimed(Event):
    """A spare schema was taken by a new shop, so another one should be built."""

    cell: str

"""What happens to stock."""

from dataclasses import dataclass
from uuid import UUID

from app.foundation.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class StockChanged(Event):
    """What can be bought of these variants may have changed; look again."""

    variant_ids: tuple[UUID, ...]

"""What happens to products."""

from dataclasses import dataclass
from uuid import UUID

from app.foundation.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductsChanged(Event):
    """What these products say has changed; look again. At most a few hundred in one event."""

    product_ids: tuple[UUID, ...]

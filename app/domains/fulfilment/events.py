"""What happens to goods, and to the money that follows them."""

from dataclasses import dataclass
from uuid import UUID

from app.foundation.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentSent(Event):
    """A parcel left, and the moment to take that back is over."""

    order_id: UUID
    shipment_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyReturned(Event):
    """Money left us for the buyer: a refund, in full or in part."""

    order_id: UUID
    refund_id: UUID

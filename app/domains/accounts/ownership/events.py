"""What happened to a shop's ownership: ids only."""

from dataclasses import dataclass
from uuid import UUID

from app.foundation.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopOffered(Event):
    """An owner wants to hand the shop over: both are told."""

    transfer_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopHandedOver(Event):
    """The new owner has accepted: both are told."""

    transfer_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopOfferEnded(Event):
    """The offer was declined or taken back: both are told."""

    transfer_id: UUID

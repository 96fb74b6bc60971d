"""Shipping options by zone; shipments with what is in them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.foundation.database import ShopTable
from app.foundation.models import Instant


class ShippingOption(ShopTable):
    """A way to ship to some countries ('*' for all others), in the shop's currency."""

    __tablename__ = "shipping_option"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    names: Mapped[dict[str, Any]] = mapped_column(JSONB)
    countries: Mapped[list[str]] = mapped_column(ARRAY(Text))
    price: Mapped[int]
    free_from: Mapped[int | None]
    days_least: Mapped[int]
    days_most: Mapped[int]
    position: Mapped[int]
    is_active: Mapped[bool]


class Shipment(ShopTable):
    """A parcel that left; the buyer is told a little later, so that a slip can be taken back."""

    __tablename__ = "shipment"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    order_id: Mapped[UUID]
    carrier: Mapped[str] = mapped_column(Text)
    tracking_number: Mapped[str] = mapped_column(Text)
    sent_by: Mapped[str] = mapped_column(Text)
    sent_at: Mapped[datetime] = mapped_column(Instant)
    announced_at: Mapped[datetime | None] = mapped_column(Instant)
    undone_at: Mapped[datetime | None] = mapped_column(Instant)


class ShipmentLine(ShopTable):
    """How many of an order's line are in a parcel."""

    __tablename__ = "shipment_line"

    shipment_id: Mapped[UUID] = mapped_column(primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True)
    quantity: Mapped[int]

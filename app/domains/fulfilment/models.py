"""Shipping options by zone."""

from typing import Any
from uuid import UUID

from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.foundation.database import ShopTable


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

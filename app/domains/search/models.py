"""One row for each published product, with everything that a card shows."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from app.foundation.database import ShopTable
from app.foundation.models import Instant


class ProductCard(ShopTable):
    __tablename__ = "product_card"

    product_id: Mapped[UUID] = mapped_column(primary_key=True)
    handle: Mapped[str] = mapped_column(Text)
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    price: Mapped[int]
    is_available: Mapped[bool]
    collections: Mapped[list[str]] = mapped_column(ARRAY(Text))
    words: Mapped[Any] = mapped_column(TSVECTOR)
    listed_at: Mapped[datetime] = mapped_column(Instant)


class CardVariant(ShopTable):
    """Which product a variant belongs to, to find the cards that a change of stock touches."""

    __tablename__ = "card_variant"

    variant_id: Mapped[UUID] = mapped_column(primary_key=True)
    product_id: Mapped[UUID]

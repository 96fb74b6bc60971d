"""Baskets and their lines."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from app.foundation.database import ShopTable
from app.foundation.models import Instant


class Cart(ShopTable):
    __tablename__ = "cart"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    state: Mapped[str] = mapped_column(Text)
    person_id: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(Instant)
    touched_at: Mapped[datetime] = mapped_column(Instant)


class CartLine(ShopTable):
    __tablename__ = "cart_line"

    cart_id: Mapped[UUID] = mapped_column(primary_key=True)
    variant_id: Mapped[UUID] = mapped_column(primary_key=True)
    quantity: Mapped[int]
    price_seen: Mapped[int]
    added_at: Mapped[datetime] = mapped_column(Instant)

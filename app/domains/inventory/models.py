"""Stock is a counter with constraints; a hold says for whom and until when."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from app.foundation.database import ShopTable
from app.foundation.models import Instant


class StockLocation(ShopTable):
    __tablename__ = "stock_location"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    position: Mapped[int] = mapped_column(unique=True)


class Stock(ShopTable):
    __tablename__ = "stock"

    location_id: Mapped[UUID] = mapped_column(primary_key=True)
    variant_id: Mapped[UUID] = mapped_column(primary_key=True)
    on_hand: Mapped[int]
    held: Mapped[int]
    backorder_limit: Mapped[int]


class Hold(ShopTable):
    __tablename__ = "hold"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID]
    location_id: Mapped[UUID]
    variant_id: Mapped[UUID]
    quantity: Mapped[int]
    state: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)

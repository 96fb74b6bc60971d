"""Refunds of payments; ids and amounts only."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.foundation.database import ShopTable
from app.foundation.models import Instant


class Refund(ShopTable):
    """`pieces` counts what is given back by the number of the order's line; empty for an amount."""

    __tablename__ = "refund"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    payment_id: Mapped[UUID]
    subject_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(Text)
    currency: Mapped[str] = mapped_column(Text)
    amount: Mapped[int]
    tax: Mapped[int]
    reason: Mapped[str] = mapped_column(Text)
    pieces: Mapped[dict[str, Any]] = mapped_column(JSONB)
    asked_by: Mapped[str] = mapped_column(Text)
    provider_id: Mapped[str] = mapped_column(Text)
    failure: Mapped[str] = mapped_column(Text)
    look_at: Mapped[datetime | None] = mapped_column(Instant)
    asked_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)

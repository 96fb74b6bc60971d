"""A checkout: what the buyer has told us so far. Keyed by the basket, not by a session."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from app.foundation.database import ShopTable
from app.foundation.models import Instant
from app.foundation.sealing import SealedForPerson


class Checkout(ShopTable):
    __tablename__ = "checkout"

    cart_id: Mapped[UUID] = mapped_column(primary_key=True)
    key_id: Mapped[UUID | None]
    details: Mapped[str | None] = mapped_column(SealedForPerson("checkout.details"))
    shipping_option_id: Mapped[UUID | None]
    order_id: Mapped[UUID | None]
    fingerprint: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime] = mapped_column(Instant)

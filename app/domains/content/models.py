"""The shop's profile: one row, its settings and texts as documents."""

from datetime import datetime
from typing import Any

from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.foundation.database import ShopTable
from app.foundation.models import Instant


class ShopProfile(ShopTable):
    __tablename__ = "shop_profile"

    id: Mapped[int] = mapped_column(primary_key=True)
    texts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    pictures: Mapped[dict[str, Any]] = mapped_column(JSONB)
    contact_email: Mapped[str] = mapped_column(Text)
    catalogue_version: Mapped[int]
    changed_at: Mapped[datetime] = mapped_column(Instant)

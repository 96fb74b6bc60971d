"""Pictures: where they come from, and what we made of them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from app.foundation.database import ShopTable
from app.foundation.models import Instant


class MediaFile(ShopTable):
    __tablename__ = "media_file"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(Text, unique=True)
    state: Mapped[str] = mapped_column(Text)
    content_hash: Mapped[str] = mapped_column(Text)
    width: Mapped[int]
    height: Mapped[int]
    attempts: Mapped[int]
    problem: Mapped[str] = mapped_column(Text, default="")
    """Why the last attempt failed, in one word."""
    next_at: Mapped[datetime | None] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)

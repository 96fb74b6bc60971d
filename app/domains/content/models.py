"""The shop's profile: one row, its settings and texts as documents, and each part as it was before."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.domains.content.rules import PARTS
from app.foundation.database import ShopTable
from app.foundation.models import Instant


class ShopProfile(ShopTable):
    __tablename__ = "shop_profile"

    id: Mapped[int] = mapped_column(primary_key=True)
    texts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    pictures: Mapped[dict[str, Any]] = mapped_column(JSONB)
    imprint: Mapped[dict[str, Any]] = mapped_column(JSONB)
    contact_email: Mapped[str] = mapped_column(Text)
    versions: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """How often each part was changed: whoever saves says which one they saw."""
    catalogue_version: Mapped[int]
    changed_at: Mapped[datetime] = mapped_column(Instant)


class EarlierProfile(ShopTable):
    """One part of the profile as it was before its last change, so that it can be put back."""

    __tablename__ = "shop_profile_earlier"

    part: Mapped[str] = mapped_column(Text, primary_key=True)
    version: Mapped[int]
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    is_put_back: Mapped[bool]
    """Whether what stands now was put back itself: asked for twice, that is done once."""
    replaced_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (CheckConstraint(f"part IN {PARTS!r}", name="part"),)

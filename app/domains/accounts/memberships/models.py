"""Roles of people on shops and on the platform."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from app.foundation.database import DirectoryTable
from app.foundation.models import Instant


class Membership(DirectoryTable):
    """A role of a person: on a shop, or on the platform where `shop_id` is the zero id."""

    __tablename__ = "membership"

    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    shop_id: Mapped[UUID] = mapped_column(primary_key=True)
    role: Mapped[str] = mapped_column(Text)
    granted_at: Mapped[datetime] = mapped_column(Instant)

"""Answers to the platform's questions; append-only, the newest counts."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from app.foundation.database import DirectoryTable
from app.foundation.models import Instant


class PersonConsent(DirectoryTable):
    __tablename__ = "person_consent"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID]
    purpose: Mapped[str] = mapped_column(Text)
    is_given: Mapped[bool]
    wording: Mapped[str] = mapped_column(Text)
    place: Mapped[str] = mapped_column(Text)
    happened_at: Mapped[datetime] = mapped_column(Instant)

"""Challenges that were answered: each counts once, however often it is sent."""

from datetime import datetime

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from app.foundation.database import DirectoryTable
from app.foundation.models import Instant


class SpentChallenge(DirectoryTable):
    __tablename__ = "spent_challenge"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(Instant)

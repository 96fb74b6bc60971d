"""What waits for a second person; ids and amounts only, fenced by row policies."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.foundation.database import PlatformTable
from app.foundation.models import Instant, owner_column


class Approval(PlatformTable):
    """A wish above the limit; its id becomes the id of what is done when it is approved.

    The database refuses a decision by the one who asked, a second one, and one after `expires_at`.
    """

    __tablename__ = "approval"

    shop: Mapped[str] = owner_column()
    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    subject_id: Mapped[UUID]
    currency: Mapped[str] = mapped_column(Text)
    amount: Mapped[int]
    wish: Mapped[dict[str, Any]] = mapped_column(JSONB)
    state: Mapped[str] = mapped_column(Text)
    asked_by: Mapped[UUID]
    asked_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    decided_by: Mapped[UUID | None]
    decided_for: Mapped[str | None] = mapped_column(Text)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)

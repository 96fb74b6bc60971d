"""Offers of a shop to another owner; ids only."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from app.foundation.database import DirectoryTable
from app.foundation.models import Instant


class OwnershipTransfer(DirectoryTable):
    """An offer; at most one is open for each shop. `ended_at`: declined or taken back."""

    __tablename__ = "ownership_transfer"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    shop_id: Mapped[UUID]
    from_person: Mapped[UUID]
    to_person: Mapped[UUID]
    offered_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    accepted_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)

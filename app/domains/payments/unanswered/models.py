"""Of all shops of a cell; triggers on the shops' own tables write it, nobody else."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.foundation.database import PlatformTable
from app.foundation.models import Instant, owner_column


class Unanswered(PlatformTable):
    """A transfer, a reversal or a refund that the provider has not settled; `id` is our own."""

    __tablename__ = "unanswered"

    shop: Mapped[str] = owner_column()
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(Text)
    currency: Mapped[str] = mapped_column(Text)
    amount: Mapped[int] = mapped_column(BigInteger)
    since: Mapped[datetime] = mapped_column(Instant)

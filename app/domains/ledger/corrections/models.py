"""Who corrected what, and why; ids and amounts only, never changed (triggers), fenced by policies."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.foundation.database import PlatformTable
from app.foundation.models import Instant, owner_column


class Correction(PlatformTable):
    """A correction; its journal has `source_kind` "correction" and its id.

    `alone_up_to` is what one person could post alone at that moment. The database refuses more
    than that without an approval of somebody else, and a row without its journal or the other way.
    """

    __tablename__ = "correction"

    shop: Mapped[str] = owner_column()
    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    order_id: Mapped[UUID | None]
    currency: Mapped[str] = mapped_column(Text)
    amount: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(Text)
    reference: Mapped[str] = mapped_column(Text)
    reverses: Mapped[UUID | None]
    posted_by: Mapped[UUID]
    approved_by: Mapped[UUID | None]
    alone_up_to: Mapped[int] = mapped_column(BigInteger)
    posted_at: Mapped[datetime] = mapped_column(Instant)

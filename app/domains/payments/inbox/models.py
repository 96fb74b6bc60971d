"""Messages of providers; the body is sealed, and emptied after 30 days."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from app.foundation.database import DirectoryTable
from app.foundation.models import Instant
from app.foundation.sealing import Sealed


class WebhookMessage(DirectoryTable):
    __tablename__ = "webhook_message"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    provider: Mapped[str] = mapped_column(Text)
    provider_id: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    object_id: Mapped[str] = mapped_column(Text)
    shop_id: Mapped[UUID | None]
    payment_id: Mapped[UUID | None]
    body: Mapped[str | None] = mapped_column(Sealed("webhook_message.body"))
    state: Mapped[str] = mapped_column(Text)
    times_applied: Mapped[int]
    received_at: Mapped[datetime] = mapped_column(Instant)
    applied_at: Mapped[datetime | None] = mapped_column(Instant)

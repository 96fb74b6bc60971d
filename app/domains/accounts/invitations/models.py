"""Invitations in the directory; the address is sealed, and emptied when the invitation is over."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from app.foundation.database import DirectoryTable
from app.foundation.models import Instant
from app.foundation.sealing import Sealed


class Invitation(DirectoryTable):
    """An invitation of an address to a role; `token_hash` is of the newest mail's link alone."""

    __tablename__ = "invitation"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    shop_id: Mapped[UUID]
    email: Mapped[str | None] = mapped_column(Sealed("invitation.email"))
    email_index: Mapped[bytes | None]
    other_index: Mapped[bytes | None]
    """The same address under the other key that is valid, while the key of look-ups changes."""
    role: Mapped[str] = mapped_column(Text)
    custom_role_id: Mapped[UUID | None]
    supplies: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(Text)
    token_hash: Mapped[bytes | None] = mapped_column(unique=True)
    invited_by: Mapped[UUID]
    invited_at: Mapped[datetime] = mapped_column(Instant)
    sent_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    accepted_by: Mapped[UUID | None]
    accepted_at: Mapped[datetime | None] = mapped_column(Instant)
    withdrawn_at: Mapped[datetime | None] = mapped_column(Instant)

"""Mails that were written and sent; no address, no text."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from app.foundation.database import DirectoryTable, ShopTable
from app.foundation.models import Instant


class _SentColumns:
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime] = mapped_column(Instant)
    sent_at: Mapped[datetime | None] = mapped_column(Instant)


class SentMessage(_SentColumns, ShopTable):
    __tablename__ = "sent_message"


class SentAccountMail(_SentColumns, DirectoryTable):
    __tablename__ = "sent_account_mail"

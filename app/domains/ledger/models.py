"""The ledger's tables, for reading; the database's functions write them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from app.foundation.database import PlatformTable
from app.foundation.models import OWNED_BY, Instant


class Chart(PlatformTable):
    __tablename__ = "chart"

    code: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    normal: Mapped[str] = mapped_column(Text)


class Account(PlatformTable):
    __tablename__ = "account"

    id: Mapped[int] = mapped_column(primary_key=True)
    shop: Mapped[str] = mapped_column(OWNED_BY)
    code: Mapped[str] = mapped_column(Text)
    owner_type: Mapped[str] = mapped_column(Text)
    owner_id: Mapped[str] = mapped_column(Text)
    currency: Mapped[str] = mapped_column(Text)


class Journal(PlatformTable):
    __tablename__ = "journal"

    id: Mapped[int] = mapped_column(primary_key=True)
    shop: Mapped[str] = mapped_column(OWNED_BY)
    event_type: Mapped[str] = mapped_column(Text)
    source_kind: Mapped[str] = mapped_column(Text)
    source_id: Mapped[str] = mapped_column(Text)
    order_id: Mapped[UUID | None]
    currency: Mapped[str] = mapped_column(Text)
    occurred_at: Mapped[datetime] = mapped_column(Instant)


class Entry(PlatformTable):
    __tablename__ = "entry"

    journal_id: Mapped[int] = mapped_column(primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True)
    shop: Mapped[str] = mapped_column(OWNED_BY)
    account_id: Mapped[int]
    currency: Mapped[str] = mapped_column(Text)
    amount: Mapped[int]


class Balance(PlatformTable):
    __tablename__ = "balance"

    account_id: Mapped[int] = mapped_column(primary_key=True)
    shop: Mapped[str] = mapped_column(OWNED_BY)
    debits: Mapped[int]
    credits: Mapped[int]
    version: Mapped[int]

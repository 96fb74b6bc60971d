"""The ledger's tables, for reading; the database's functions write them.

Every column stands here but journal.xact, which only the database's own triggers read.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CHAR, BigInteger, SmallInteger, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.foundation.database import PlatformTable
from app.foundation.models import Instant, owner_column


class Chart(PlatformTable):
    __tablename__ = "chart"

    code: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    owner_type: Mapped[str] = mapped_column(Text)
    normal: Mapped[str] = mapped_column(CHAR(1))
    has_floor: Mapped[bool]


class Account(PlatformTable):
    __tablename__ = "account"

    shop: Mapped[str] = owner_column()
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    code: Mapped[str] = mapped_column(Text)
    owner_type: Mapped[str] = mapped_column(Text)
    owner_id: Mapped[str] = mapped_column(Text)
    currency: Mapped[str] = mapped_column(CHAR(3))


class Journal(PlatformTable):
    __tablename__ = "journal"

    shop: Mapped[str] = owner_column()
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    event_type: Mapped[str] = mapped_column(Text)
    source_kind: Mapped[str] = mapped_column(Text)
    source_id: Mapped[str] = mapped_column(Text)
    leg: Mapped[str] = mapped_column(Text)
    order_id: Mapped[UUID | None]
    currency: Mapped[str] = mapped_column(CHAR(3))
    occurred_at: Mapped[datetime] = mapped_column(Instant)
    posted_at: Mapped[datetime] = mapped_column(Instant)
    reverses: Mapped[int | None] = mapped_column(BigInteger)
    reference: Mapped[str] = mapped_column(Text)


class Entry(PlatformTable):
    __tablename__ = "entry"

    shop: Mapped[str] = owner_column()
    journal_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    line: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    account_id: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(CHAR(3))
    amount: Mapped[int] = mapped_column(BigInteger)


class Balance(PlatformTable):
    __tablename__ = "balance"

    shop: Mapped[str] = owner_column()
    account_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    debits: Mapped[int] = mapped_column(BigInteger)
    credits: Mapped[int] = mapped_column(BigInteger)
    version: Mapped[int] = mapped_column(BigInteger)


class OrderStandingRow(PlatformTable):
    """A view: what the entries say of one order, in minor units."""

    __tablename__ = "order_standing"

    shop: Mapped[str] = owner_column()
    order_id: Mapped[UUID] = mapped_column(primary_key=True)
    currency: Mapped[str] = mapped_column(CHAR(3), primary_key=True)
    authorised: Mapped[int] = mapped_column(BigInteger)
    open_authorisation: Mapped[int] = mapped_column(BigInteger)
    captures: Mapped[int] = mapped_column(BigInteger)
    charge: Mapped[str] = mapped_column(Text)
    captured: Mapped[int] = mapped_column(BigInteger)
    refunded: Mapped[int] = mapped_column(BigInteger)
    refund_pending: Mapped[int] = mapped_column(BigInteger)
    refund_sent: Mapped[int] = mapped_column(BigInteger)
    clearing: Mapped[int] = mapped_column(BigInteger)
    held: Mapped[int] = mapped_column(BigInteger)
    available: Mapped[int] = mapped_column(BigInteger)
    deferred: Mapped[int] = mapped_column(BigInteger)
    transferred: Mapped[int] = mapped_column(BigInteger)
    seller_left: Mapped[int] = mapped_column(BigInteger)
    commission_left: Mapped[int] = mapped_column(BigInteger)
    tax_left: Mapped[int] = mapped_column(BigInteger)
    jurisdiction: Mapped[str] = mapped_column(Text)

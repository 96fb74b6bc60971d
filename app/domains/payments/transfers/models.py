"""Transfers to the seller's account at the provider, and their reversals."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from app.foundation.database import ShopTable
from app.foundation.models import Instant


class SellerTransfer(ShopTable):
    __tablename__ = "seller_transfer"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(Text)
    currency: Mapped[str] = mapped_column(Text)
    amount: Mapped[int]
    reversed: Mapped[int]
    account_id: Mapped[str] = mapped_column(Text)
    charge_id: Mapped[str] = mapped_column(Text)
    provider_id: Mapped[str] = mapped_column(Text)
    failure: Mapped[str] = mapped_column(Text)
    look_at: Mapped[datetime | None] = mapped_column(Instant)
    planned_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)


class TransferReversal(ShopTable):
    __tablename__ = "transfer_reversal"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    transfer_id: Mapped[UUID]
    subject_id: Mapped[UUID]
    refund_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(Text)
    currency: Mapped[str] = mapped_column(Text)
    amount: Mapped[int]
    provider_id: Mapped[str] = mapped_column(Text)
    failure: Mapped[str] = mapped_column(Text)
    look_at: Mapped[datetime | None] = mapped_column(Instant)
    planned_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)

"""Payments with their events, and the shop's connected account."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.foundation.database import ShopTable
from app.foundation.models import Instant
from app.foundation.sealing import Sealed


class Payment(ShopTable):
    __tablename__ = "payment"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    subject_kind: Mapped[str] = mapped_column(Text)
    subject_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(Text)
    currency: Mapped[str] = mapped_column(Text)
    amount: Mapped[int]
    authorised: Mapped[int]
    captured: Mapped[int]
    refunded: Mapped[int]
    refunding: Mapped[int]
    provider_id: Mapped[str] = mapped_column(Text)
    charge_id: Mapped[str] = mapped_column(Text)
    client_secret: Mapped[str | None] = mapped_column(Sealed("payment.client_secret"))
    failure: Mapped[str] = mapped_column(Text)
    declines: Mapped[int]
    needs_challenge: Mapped[bool]
    fee_transaction: Mapped[str] = mapped_column(Text)
    capture_before: Mapped[datetime | None] = mapped_column(Instant)
    look_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)


class PaymentEvent(ShopTable):
    """What happened to a payment; the payment's row is the projection of these (FR-050)."""

    __tablename__ = "payment_event"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    payment_id: Mapped[UUID]
    event: Mapped[str] = mapped_column(Text)
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    happened_at: Mapped[datetime] = mapped_column(Instant)


class ConnectedAccount(ShopTable):
    __tablename__ = "connected_account"

    provider_id: Mapped[str] = mapped_column(Text, primary_key=True)
    can_receive_transfers: Mapped[bool]
    destination: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)

"""Orders, their lines as sold, the buyer's sealed contact, and what happened."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.foundation.database import ShopTable
from app.foundation.models import Instant
from app.foundation.sealing import SealedForPerson


class Order(ShopTable):
    __tablename__ = "shop_order"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(Text, unique=True)
    customer_id: Mapped[UUID | None]
    origin: Mapped[str] = mapped_column(Text)
    payment_state: Mapped[str] = mapped_column(Text)
    fulfilment_state: Mapped[str] = mapped_column(Text)
    currency: Mapped[str] = mapped_column(Text)
    subtotal: Mapped[int]
    shipping: Mapped[int]
    tax: Mapped[int]
    total: Mapped[int]
    tax_percent: Mapped[Decimal]
    shipping_name: Mapped[str] = mapped_column(Text)
    country: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(Text)
    merchant_of_record: Mapped[str] = mapped_column(Text)
    tax_liable: Mapped[str] = mapped_column(Text)
    placed_at: Mapped[datetime] = mapped_column(Instant)
    confirmed_at: Mapped[datetime | None] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)


class OrderLine(ShopTable):
    __tablename__ = "order_line"

    order_id: Mapped[UUID] = mapped_column(primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True)
    variant_id: Mapped[UUID]
    title: Mapped[str] = mapped_column(Text)
    variant_title: Mapped[str] = mapped_column(Text)
    sku: Mapped[str] = mapped_column(Text)
    picture: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    quantity: Mapped[int]
    unit_price: Mapped[int]
    total: Mapped[int]
    tax: Mapped[int]


class OrderContact(ShopTable):
    """Who ordered and where it goes: personal data, in a row of its own, sealed."""

    __tablename__ = "order_contact"

    order_id: Mapped[UUID] = mapped_column(primary_key=True)
    key_id: Mapped[UUID | None]
    email: Mapped[str | None] = mapped_column(SealedForPerson("order_contact.email"))
    email_index: Mapped[bytes]
    address: Mapped[str | None] = mapped_column(SealedForPerson("order_contact.address"))


class OrderEvent(ShopTable):
    """What happened to an order; the order's row is the projection of these (FR-016, FR-050)."""

    __tablename__ = "order_event"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    order_id: Mapped[UUID]
    event: Mapped[str] = mapped_column(Text)
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    happened_at: Mapped[datetime] = mapped_column(Instant)


class OrderLink(ShopTable):
    """A secret that opens an order's status page; only its hash is kept."""

    __tablename__ = "order_link"

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    order_id: Mapped[UUID]
    made_at: Mapped[datetime] = mapped_column(Instant)

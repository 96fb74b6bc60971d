"""A shop's customers, and what they agreed to with this shop; personal data is sealed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from app.foundation.database import ShopTable
from app.foundation.models import Instant
from app.foundation.sealing import SealedForPerson


class Customer(ShopTable):
    """The address and name are those that the person gave to this shop with the newest order."""

    __tablename__ = "customer"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(unique=True)
    key_id: Mapped[UUID | None]
    email: Mapped[str | None] = mapped_column(SealedForPerson("customer.email"))
    email_index: Mapped[bytes]
    name: Mapped[str | None] = mapped_column(SealedForPerson("customer.name"))
    language: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)


class CustomerConsent(ShopTable):
    """Answers to the shop's questions; append-only, the newest counts."""

    __tablename__ = "customer_consent"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    customer_id: Mapped[UUID]
    purpose: Mapped[str] = mapped_column(Text)
    is_given: Mapped[bool]
    wording: Mapped[str] = mapped_column(Text)
    place: Mapped[str] = mapped_column(Text)
    happened_at: Mapped[datetime] = mapped_column(Instant)

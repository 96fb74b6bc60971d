"""A checkout: what the buyer has told us so far. Keyed by the basket, not by a session."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from app.foundation.database import ShopTable
from app.foundation.models import Instant
from app.foundation.sealing import SealedForPerson, email_indexes
from app.foundation.sealing.inventory import KEY_OWNER


def _owner(row: Mapping[str, Any]) -> bytes:
    """Return whose key a row of the first release is sealed with: the address stands inside."""
    return email_indexes(json.loads(row["details"])["email"])[0]


class Checkout(ShopTable):
    __tablename__ = "checkout"
    __table_args__ = {"info": {KEY_OWNER: _owner}}  # noqa: RUF012 - SQLAlchemy reads it as it is

    cart_id: Mapped[UUID] = mapped_column(primary_key=True)
    key_id: Mapped[UUID | None]
    details: Mapped[str | None] = mapped_column(SealedForPerson("checkout.details"))
    shipping_option_id: Mapped[UUID | None]
    order_id: Mapped[UUID | None]
    fingerprint: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime] = mapped_column(Instant)

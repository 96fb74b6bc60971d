"""Payments that were begun at the provider, and from where: fingerprints, kept for two hours."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from app.foundation.database import DirectoryTable
from app.foundation.models import Instant


class PaymentStart(DirectoryTable):
    """In the directory, for who tries out cards goes from shop to shop."""

    __tablename__ = "payment_start"

    payment_id: Mapped[UUID] = mapped_column(primary_key=True)
    basket_id: Mapped[UUID]
    address_hash: Mapped[bytes]
    network_hash: Mapped[bytes]
    declines: Mapped[int]
    begun_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)

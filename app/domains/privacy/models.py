"""Erasures: ids only, kept for good, so that they are repeated after a restore; and who is where."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.foundation.database import DirectoryTable, PlatformTable
from app.foundation.models import Instant, owner_column


class Erasure(DirectoryTable):
    """`email_index` stands here only while the erasure runs: the account itself goes first.

    `other_index` is the same address under the other valid key, while the key of look-ups changes.
    """

    __tablename__ = "erasure"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(Text)
    email_index: Mapped[bytes | None]
    other_index: Mapped[bytes | None]
    asked_at: Mapped[datetime] = mapped_column(Instant)
    due_at: Mapped[datetime] = mapped_column(Instant)
    began_at: Mapped[datetime | None] = mapped_column(Instant)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)


class ErasurePlace(DirectoryTable):
    """A shop in which the person stood; `ids` are those of their rows there, by kind."""

    __tablename__ = "erasure_place"

    erasure_id: Mapped[UUID] = mapped_column(primary_key=True)
    shop_id: Mapped[UUID] = mapped_column(primary_key=True)
    ids: Mapped[dict[str, Any]] = mapped_column(JSONB)
    found_at: Mapped[datetime] = mapped_column(Instant)
    erased_at: Mapped[datetime | None] = mapped_column(Instant)


class PersonPlace(PlatformTable):
    """A row by which a shop of this cell knows somebody; triggers write it, nobody else.

    `owner` is a person's id (16 bytes) or the blind index of an address, as in `sealing_key`.
    """

    __tablename__ = "person_place"

    shop: Mapped[str] = owner_column()
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    owner: Mapped[bytes]

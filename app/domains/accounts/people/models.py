"""Tables of people in the directory; personal data is sealed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from app.foundation.database import DirectoryTable
from app.foundation.models import Instant
from app.foundation.sealing import Sealed, SealedForPerson
from app.foundation.sealing.inventory import KEY_OWNER


def _owner(row: Mapping[str, Any]) -> bytes:
    """Return whose key a person's row is sealed with: their own."""
    person_id: UUID = row["id"]
    return person_id.bytes


class Person(DirectoryTable):
    """Somebody with an account; the address has been proved. No password: only passkeys."""

    __tablename__ = "person"
    __table_args__ = {"info": {KEY_OWNER: _owner}}  # noqa: RUF012 - SQLAlchemy reads it as it is

    id: Mapped[UUID] = mapped_column(primary_key=True)
    key_id: Mapped[UUID | None]
    email: Mapped[str] = mapped_column(SealedForPerson("person.email"))
    email_index: Mapped[bytes] = mapped_column(unique=True)
    other_index: Mapped[bytes | None]
    """The same address under the other key that is valid, while the key of look-ups changes."""
    name: Mapped[str] = mapped_column(SealedForPerson("person.name"))
    password_hash: Mapped[str | None] = mapped_column(Text)
    language: Mapped[str] = mapped_column(Text)
    currency: Mapped[str] = mapped_column(Text, server_default="EUR")
    created_at: Mapped[datetime] = mapped_column(Instant)


class SignUp(DirectoryTable):
    """Somebody who wants an account and has not proved the address yet."""

    __tablename__ = "sign_up"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(Sealed("sign_up.email"))
    email_index: Mapped[bytes]
    name: Mapped[str] = mapped_column(Sealed("sign_up.name"))
    password_hash: Mapped[str | None] = mapped_column(Text)
    language: Mapped[str] = mapped_column(Text)
    next_path: Mapped[str] = mapped_column(Text)
    token_hash: Mapped[bytes | None] = mapped_column(unique=True)
    asked_at: Mapped[datetime] = mapped_column(Instant)


class EmailChange(DirectoryTable):
    """A wish for another address; `token_hash` confirms it, `undo_hash` takes it back."""

    __tablename__ = "email_change"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID]
    key_id: Mapped[UUID | None]
    old_email: Mapped[str] = mapped_column(SealedForPerson("email_change.old_email"))
    new_email: Mapped[str] = mapped_column(SealedForPerson("email_change.new_email"))
    new_email_index: Mapped[bytes]
    token_hash: Mapped[bytes | None] = mapped_column(unique=True)
    undo_hash: Mapped[bytes | None] = mapped_column(unique=True)
    asked_at: Mapped[datetime] = mapped_column(Instant)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)
    withdrawn_at: Mapped[datetime | None] = mapped_column(Instant)

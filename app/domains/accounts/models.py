"""Tables of people in the directory; personal data is sealed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from app.foundation.database import DirectoryTable
from app.foundation.models import Instant
from app.foundation.sealing import Sealed


class Person(DirectoryTable):
    __tablename__ = "person"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(Sealed("person.email"))
    email_index: Mapped[bytes] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(Sealed("person.name"))
    password_hash: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Instant)


class Membership(DirectoryTable):
    """A role of a person: on a shop, or on the platform where `shop_id` is the zero id."""

    __tablename__ = "membership"

    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    shop_id: Mapped[UUID] = mapped_column(primary_key=True)
    role: Mapped[str] = mapped_column(Text)
    granted_at: Mapped[datetime] = mapped_column(Instant)


class SessionRow(DirectoryTable):
    """A session: a parent for the sign-in, a child for each host; ending the parent ends all."""

    __tablename__ = "session"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    parent_id: Mapped[UUID | None]
    person_id: Mapped[UUID]
    token_hash: Mapped[bytes | None] = mapped_column(unique=True)
    host: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime] = mapped_column(Instant)
    proved_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class SignInFailure(DirectoryTable):
    __tablename__ = "sign_in_failure"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    email_index: Mapped[bytes]
    failed_at: Mapped[datetime] = mapped_column(Instant)

"""Sessions, the devices they were begun on, and what is kept for them; secrets only as hashes."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from app.foundation.database import DirectoryTable
from app.foundation.models import Instant
from app.foundation.sealing import Sealed, SealedForPerson


class SessionRow(DirectoryTable):
    """A session: a parent for the sign-in, a child for each host; ending the parent ends all.

    Proof and idleness belong to the parent. `wants_token_at` asks for a new secret at the next
    request; the former one opens the session until `old_token_until`. `view_as_…`: the role as which
    an owner looks at their shop on this host (memberships/looking.py).
    """

    __tablename__ = "session"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    parent_id: Mapped[UUID | None]
    person_id: Mapped[UUID]
    device_id: Mapped[UUID | None]
    token_hash: Mapped[bytes | None] = mapped_column(unique=True)
    old_token_hash: Mapped[bytes | None]
    old_token_until: Mapped[datetime | None] = mapped_column(Instant)
    wants_token_at: Mapped[datetime | None] = mapped_column(Instant)
    host: Mapped[str] = mapped_column(Text)
    key_id: Mapped[UUID | None]
    agent: Mapped[str | None] = mapped_column(SealedForPerson("session.agent"))
    address: Mapped[str | None] = mapped_column(SealedForPerson("session.address"))
    created_at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime] = mapped_column(Instant)
    proved_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    view_as_shop: Mapped[UUID | None]
    view_as_role: Mapped[str | None] = mapped_column(Text)
    view_as_custom_id: Mapped[UUID | None]


class HandOver(DirectoryTable):
    """A code that begins a session on one more host: once, 60 s, for one browser."""

    __tablename__ = "hand_over"

    code_hash: Mapped[bytes] = mapped_column(primary_key=True)
    parent_id: Mapped[UUID]
    host: Mapped[str] = mapped_column(Text)
    nonce_hash: Mapped[bytes]
    made_at: Mapped[datetime] = mapped_column(Instant)


class Device(DirectoryTable):
    """A browser that has signed in to an account before."""

    __tablename__ = "device"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID]
    token_hash: Mapped[bytes]
    first_seen_at: Mapped[datetime] = mapped_column(Instant)
    last_seen_at: Mapped[datetime] = mapped_column(Instant)


class SignInRecordRow(DirectoryTable):
    """A line of a person's sign-in history."""

    __tablename__ = "sign_in_record"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID]
    outcome: Mapped[str] = mapped_column(Text)
    method: Mapped[str] = mapped_column(Text)
    key_id: Mapped[UUID | None]
    agent: Mapped[str] = mapped_column(SealedForPerson("sign_in_record.agent"))
    address: Mapped[str] = mapped_column(SealedForPerson("sign_in_record.address"))
    happened_at: Mapped[datetime] = mapped_column(Instant)


class ParkedForm(DirectoryTable):
    """What somebody had written when their session was over; put back into the page afterwards."""

    __tablename__ = "parked_form"

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    host: Mapped[str] = mapped_column(Text)
    person_id: Mapped[UUID | None]
    """Whose session was over, where the browser still held its secret."""
    form: Mapped[str] = mapped_column(Sealed("parked_form.form"))
    parked_at: Mapped[datetime] = mapped_column(Instant)

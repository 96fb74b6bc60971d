"""Keys for programs, in the directory: only the hash of each is kept."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ARRAY, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.foundation.database import DirectoryTable
from app.foundation.models import Instant
from app.foundation.sealing import SealedForPerson


class ApiToken(DirectoryTable):
    """A key of a person: for the own account, or for the shop that `shop_id` names."""

    __tablename__ = "api_token"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID]
    shop_id: Mapped[UUID | None]
    key_id: Mapped[UUID]
    name: Mapped[str | None] = mapped_column(SealedForPerson("api_token.name"))
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    ending: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime] = mapped_column(Instant)
    ends_at: Mapped[datetime] = mapped_column(Instant)
    last_used_on: Mapped[date | None]
    withdrawn_at: Mapped[datetime | None] = mapped_column(Instant)

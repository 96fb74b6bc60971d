"""Roles of people on shops and on the platform, and the roles that shops make for themselves."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.foundation.database import DirectoryTable
from app.foundation.models import Instant


class Membership(DirectoryTable):
    """A role of a person: on a shop, or on the platform where `shop_id` is the zero id.

    The database refuses a shop without an owner, and a role that another shop made.
    """

    __tablename__ = "membership"

    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    shop_id: Mapped[UUID] = mapped_column(primary_key=True)
    role: Mapped[str] = mapped_column(Text)
    custom_role_id: Mapped[UUID | None]
    supplies: Mapped[str] = mapped_column(Text, server_default="")
    granted_at: Mapped[datetime] = mapped_column(Instant)


class CustomRole(DirectoryTable):
    """A role that a shop made: a name, and some of the shop's permissions."""

    __tablename__ = "custom_role"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    shop_id: Mapped[UUID]
    name: Mapped[str] = mapped_column(Text)
    permissions: Mapped[list[str]] = mapped_column(ARRAY(Text))
    made_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)

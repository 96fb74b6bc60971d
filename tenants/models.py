"""Shops as the whole marketplace knows them: the directory's tables, and the migration state."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.foundation.database import DirectoryTable, PlatformTable
from app.foundation.models import OWNED_BY, Instant

SHOP_STATES = ("opening", "open", "suspended", "closed", "erased")
SHOP_KINDS = ("maker", "box", "house")


class Cell(DirectoryTable):
    __tablename__ = "cell"

    name: Mapped[str] = mapped_column(Text, primary_key=True)


class SchemaNumber(DirectoryTable):
    """One row for each schema ever made, over all cells; a number is never used again."""

    __tablename__ = "schema_number"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    cell: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)

    __table_args__ = (
        CheckConstraint("state IN ('building', 'spare', 'claimed', 'dropped')", name="state"),
        Index(
            "schema_number_spare_index", "cell", "number", postgresql_where=text("state = 'spare'")
        ),
    )


class Shop(DirectoryTable):
    __tablename__ = "shop"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    former_name: Mapped[str] = mapped_column(Text, server_default="")
    kind: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, server_default="opening")
    cell: Mapped[str] = mapped_column(Text)
    schema_number: Mapped[int]
    country: Mapped[str] = mapped_column(Text)
    currency: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(Text)
    suspended_reason: Mapped[str] = mapped_column(Text, server_default="")
    created_at: Mapped[datetime] = mapped_column(Instant)
    opened_at: Mapped[datetime | None] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (
        UniqueConstraint("schema_number"),
        CheckConstraint(f"state IN {SHOP_STATES!r}", name="state"),
        CheckConstraint(f"kind IN {SHOP_KINDS!r}", name="kind"),
    )


class Host(DirectoryTable):
    """A host name that means a shop: its subdomain's label is the slug, others are listed here."""

    __tablename__ = "host"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    shop_id: Mapped[UUID]
    is_primary: Mapped[bool] = mapped_column(server_default=text("false"))
    verified_at: Mapped[datetime | None] = mapped_column(Instant)


class ShopMigration(PlatformTable):
    """How far a shop's schema has come; written in the transaction of the DDL itself."""

    __tablename__ = "shop_migration"

    shop: Mapped[str] = mapped_column(OWNED_BY, primary_key=True)
    revision: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(server_default="0")
    last_error: Mapped[str] = mapped_column(Text, server_default="")
    finished_at: Mapped[datetime | None] = mapped_column(Instant)

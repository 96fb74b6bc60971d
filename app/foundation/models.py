"""Tables that have no business in them. Directory and platform each have a set of their own."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from app.foundation.database import DirectoryTable, PlatformTable, ShopTable
from app.foundation.sealing import Sealed

Instant = TIMESTAMP(timezone=True)
OWNED_BY = Text(collation="C")


def owner_column() -> Mapped[str]:
    """Return the column that row policies read: the role that wrote the row."""
    return mapped_column(OWNED_BY, primary_key=True, server_default=text("current_user"))


class _OutboxColumns:
    shop: Mapped[str] = owner_column()
    id: Mapped[UUID] = mapped_column(primary_key=True)
    event: Mapped[str] = mapped_column(Text)
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    trace: Mapped[str] = mapped_column(Text, server_default="")
    recorded_at: Mapped[datetime] = mapped_column(Instant)


class _DeliveryColumns:
    shop: Mapped[str] = owner_column()
    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    reaction: Mapped[str] = mapped_column(Text, primary_key=True)
    queue: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, server_default="waiting")
    attempts: Mapped[int] = mapped_column(server_default="0")
    next_at: Mapped[datetime] = mapped_column(Instant)
    last_error: Mapped[str] = mapped_column(Text, server_default="")

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Index, ...]:  # noqa: N805
        return (
            Index(
                f"{cls.__tablename__}_due_index",  # type: ignore[attr-defined]
                "next_at",
                postgresql_where=text("state IN ('waiting', 'sent')"),
            ),
        )


class _ConsumedColumns:
    shop: Mapped[str] = owner_column()
    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    reaction: Mapped[str] = mapped_column(Text, primary_key=True)
    consumed_at: Mapped[datetime] = mapped_column(Instant)


class _AuditColumns:
    shop: Mapped[str] = owner_column()
    id: Mapped[UUID] = mapped_column(primary_key=True)
    actor: Mapped[str] = mapped_column(Text)
    action: Mapped[str] = mapped_column(Text)
    object_kind: Mapped[str] = mapped_column(Text)
    object_id: Mapped[str] = mapped_column(Text)
    fields: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    trace: Mapped[str] = mapped_column(Text, server_default="")
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    kind: Mapped[str] = mapped_column(Text, server_default="action")
    before: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    after: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    place: Mapped[str] = mapped_column(Text, server_default="")
    network: Mapped[str] = mapped_column(Text, server_default="")


class DirectoryOutbox(_OutboxColumns, DirectoryTable):
    __tablename__ = "directory_outbox"


class DirectoryDelivery(_DeliveryColumns, DirectoryTable):
    __tablename__ = "directory_delivery"


class DirectoryConsumed(_ConsumedColumns, DirectoryTable):
    __tablename__ = "directory_consumed"


class DirectoryAuditRow(_AuditColumns, DirectoryTable):
    __tablename__ = "directory_audit"


class Outbox(_OutboxColumns, PlatformTable):
    __tablename__ = "outbox"


class OutboxDelivery(_DeliveryColumns, PlatformTable):
    __tablename__ = "outbox_delivery"


class Consumed(_ConsumedColumns, PlatformTable):
    __tablename__ = "consumed"


class AuditRow(_AuditColumns, PlatformTable):
    __tablename__ = "audit"


class FeatureFlag(PlatformTable):
    """A switch, for one shop or (shop '*') for all; `stop_money` halts a shop's money path."""

    __tablename__ = "feature_flag"

    shop: Mapped[str] = mapped_column(OWNED_BY, primary_key=True)
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    is_on: Mapped[bool]
    reason: Mapped[str] = mapped_column(Text, server_default="")
    changed_at: Mapped[datetime] = mapped_column(Instant)


class IdempotencyKey(ShopTable):
    """The answer to a request that may be sent again (FR-028); sealed, emptied after 30 days."""

    __tablename__ = "idempotency_key"

    key: Mapped[str] = mapped_column(Text, primary_key=True)
    fingerprint: Mapped[str] = mapped_column(Text)
    status: Mapped[int | None]
    body: Mapped[str | None] = mapped_column(Sealed("idempotency_key.body"))
    started_at: Mapped[datetime] = mapped_column(Instant)


class _PlaceKeyColumns:
    """The key of a place: wrapped by a root key, by version; the newest seals."""

    version: Mapped[int] = mapped_column(primary_key=True)
    wrapped: Mapped[bytes]
    root_name: Mapped[str] = mapped_column(Text)
    renews_people: Mapped[bool] = mapped_column(server_default="false")
    made_at: Mapped[datetime] = mapped_column(Instant)
    settled_at: Mapped[datetime | None] = mapped_column(Instant)


class DirectoryKey(_PlaceKeyColumns, DirectoryTable):
    __tablename__ = "directory_key"


class ShopKey(_PlaceKeyColumns, PlatformTable):
    __tablename__ = "shop_key"

    shop: Mapped[str] = owner_column()


class _PersonKeyColumns:
    """The key of a person in a place: wrapped by the place's key, emptied when it is destroyed."""

    id: Mapped[UUID] = mapped_column(primary_key=True)
    owner: Mapped[bytes | None] = mapped_column(unique=True)
    wrapped: Mapped[bytes]
    place_version: Mapped[int]
    made_version: Mapped[int]
    replaced_by: Mapped[UUID | None]
    made_at: Mapped[datetime] = mapped_column(Instant)
    destroyed_at: Mapped[datetime | None] = mapped_column(Instant)


class PersonKeyRow(_PersonKeyColumns, DirectoryTable):
    __tablename__ = "person_key"


class SealingKey(_PersonKeyColumns, ShopTable):
    __tablename__ = "sealing_key"


class BlindIndexKey(DirectoryTable):
    """A key of look-ups by its name; complete where every account is claimed under it."""

    __tablename__ = "blind_index_key"

    name: Mapped[bytes] = mapped_column(primary_key=True)
    is_complete: Mapped[bool]


class AddressClaim(DirectoryTable):
    """An address that an account, or an open invitation of a shop, has under a key of look-ups.

    Triggers write it, nobody else: two accounts of one address are refused under whichever key.
    """

    __tablename__ = "address_claim"

    scope: Mapped[str] = mapped_column(Text, primary_key=True)
    email_index: Mapped[bytes] = mapped_column(primary_key=True)
    holder: Mapped[UUID]

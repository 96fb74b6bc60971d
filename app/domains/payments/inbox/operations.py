"""Storing messages once, and marking them applied."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from app.domains.payments.events import WebhookStored
from app.domains.payments.inbox.models import WebhookMessage
from app.foundation.errors import NotFoundError
from app.foundation.guards import Guard, is_guarded
from app.foundation.identifiers import new_id
from app.foundation.unit_of_work import UnitOfWork

BODY_KEPT_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A verified message, as it is stored."""

    provider: str
    provider_id: str
    kind: str
    object_id: str
    shop_id: UUID | None
    payment_id: UUID | None
    body: str


def store_message(unit: UnitOfWork, *, message: NewMessage) -> bool:
    """Store a message once by the provider's id; False where it was there already."""
    message_id = new_id()
    stored = unit.session.execute(
        insert(WebhookMessage)
        .values(
            id=message_id, provider=message.provider, provider_id=message.provider_id,
            kind=message.kind, object_id=message.object_id, shop_id=message.shop_id,
            payment_id=message.payment_id, body=message.body, state="received", times_applied=0,
            received_at=unit.now,
        )
        .on_conflict_do_nothing(index_elements=["provider", "provider_id"])
        .returning(WebhookMessage.id)
    ).first()  # fmt: skip
    if stored is None:
        if not is_guarded(Guard.WEBHOOK_ONCE):
            unit.record(WebhookStored(message_id=_find_id(unit, message)))
        return False
    unit.record(WebhookStored(message_id=message_id))
    return True


def _find_id(unit: UnitOfWork, message: NewMessage) -> UUID:
    return unit.session.execute(
        select(WebhookMessage.id).where(
            WebhookMessage.provider == message.provider,
            WebhookMessage.provider_id == message.provider_id,
        )
    ).scalar_one()


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message that waits, or that was handled."""

    id: UUID
    provider_id: str
    kind: str
    object_id: str
    shop_id: UUID | None
    payment_id: UUID | None
    state: str
    received_at: datetime


def get_message(unit: UnitOfWork, message_id: UUID) -> StoredMessage:
    """Return a message. Raises NotFoundError."""
    row = unit.session.execute(
        select(WebhookMessage.id, WebhookMessage.provider_id, WebhookMessage.kind,
               WebhookMessage.object_id, WebhookMessage.shop_id, WebhookMessage.payment_id,
               WebhookMessage.state, WebhookMessage.received_at)
        .where(WebhookMessage.id == message_id)
    ).first()  # fmt: skip
    if row is None:
        raise NotFoundError
    return StoredMessage(*row)


def mark_handled(unit: UnitOfWork, *, message_id: UUID, state: str) -> None:
    """Note that a message was applied, or that it is none of our business."""
    unit.session.execute(
        update(WebhookMessage)
        .where(WebhookMessage.id == message_id)
        .values(state=state, applied_at=unit.now, times_applied=WebhookMessage.times_applied + 1)
    )


def list_messages(unit: UnitOfWork, *, limit: int) -> list[StoredMessage]:
    """Return messages, newest first."""
    query = select(
        WebhookMessage.id, WebhookMessage.provider_id, WebhookMessage.kind,
        WebhookMessage.object_id, WebhookMessage.shop_id, WebhookMessage.payment_id,
        WebhookMessage.state, WebhookMessage.received_at,
    ).order_by(WebhookMessage.received_at.desc()).limit(limit)  # fmt: skip
    return [StoredMessage(*row) for row in unit.session.execute(query)]


def empty_old_bodies(unit: UnitOfWork) -> None:
    """Forget what old messages said; that they came stays."""
    unit.session.execute(
        update(WebhookMessage)
        .where(
            WebhookMessage.received_at < unit.now - BODY_KEPT_FOR, WebhookMessage.body.is_not(None)
        )
        .values(body=None)
    )

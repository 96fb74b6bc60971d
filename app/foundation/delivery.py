"""Delivering events: find what is due, ring, and run a reaction once.

PostgreSQL is the queue of record; RQ only rings, its argument the delivery's key. A delivery that
was rung and not finished within the lease is rung again, so that a job killed at any point is done
within 60 seconds.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from app.foundation import models
from app.foundation.database import DIRECTORY, PlatformScope, Scope
from app.foundation.errors import GalleriaError
from app.foundation.events import Event, Reaction, reactions
from app.foundation.tracing import trace
from app.foundation.unit_of_work import UnitOfWork, unit_of_work

LEASE = timedelta(seconds=20)
MOST_ATTEMPTS = 12
LONGEST_WAIT = timedelta(minutes=30)
ERROR_LENGTH = 300

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class DeliveryKey:
    """Which delivery: its database, the role that wrote the event, the event, the reaction."""

    database: str
    shop: str
    event_id: str
    reaction: str


class NotYetError(Exception):
    """A reaction cannot be done yet, for a reason that will pass; it is tried again later."""


def platform_scope(database: str) -> PlatformScope:
    """Return the scope in which deliveries of a database are found and marked."""
    role = "directory_app" if database == DIRECTORY else "platform_jobs"
    return PlatformScope(database, role)


def _delivery(database: str) -> Any:
    return models.DirectoryDelivery if database == DIRECTORY else models.OutboxDelivery


def _outbox(database: str) -> Any:
    return models.DirectoryOutbox if database == DIRECTORY else models.Outbox


def _consumed(database: str) -> Any:
    return models.DirectoryConsumed if database == DIRECTORY else models.Consumed


def take_due(unit: UnitOfWork, *, limit: int = 200) -> list[tuple[str, DeliveryKey]]:
    """Mark due deliveries as rung, with a lease, and return them with their queues."""
    table, database = _delivery(unit.scope.database), unit.scope.database
    due = unit.session.execute(
        select(table.shop, table.event_id, table.reaction, table.queue)
        .where(table.state.in_(("waiting", "sent")), table.next_at <= unit.now)
        .order_by(table.next_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    for row in due:
        _change(unit, table, row, state="sent", next_at=unit.now + LEASE)
    return [
        (row.queue, DeliveryKey(database, row.shop, str(row.event_id), row.reaction)) for row in due
    ]


def _change(unit: UnitOfWork, table: Any, row: Any, **values: Any) -> None:
    unit.session.execute(
        update(table)
        .where(
            table.shop == row.shop, table.event_id == row.event_id, table.reaction == row.reaction
        )
        .values(**values)
    )


def deliver(key: DeliveryKey, *, find_scope: Callable[[str, str], Scope | None]) -> None:
    """Run one delivery; note its success, or when to try again.

    `find_scope` turns (database, role that wrote the event) into the scope to work in.
    """
    with unit_of_work(platform_scope(key.database)) as unit:
        found = _load(unit, key)
    if found is None:
        return
    event, trace_id = found
    scope = find_scope(key.database, key.shop)
    if scope is None:
        return
    with trace(trace_id):
        try:
            _run(scope, reactions.named(key.reaction), event, key)
        except Exception as error:  # noqa: BLE001 - whatever it was, the delivery is tried again
            _note_failure(key, error)
            return
    _mark_done(key)


def _load(unit: UnitOfWork, key: DeliveryKey) -> tuple[Event, str] | None:
    delivery, outbox = _delivery(key.database), _outbox(key.database)
    row = unit.session.execute(
        select(delivery.state, delivery.shop, delivery.event_id, delivery.reaction,
               outbox.event, outbox.payload, outbox.trace)
        .join(outbox, (outbox.shop == delivery.shop) & (outbox.id == delivery.event_id))
        .where(delivery.shop == key.shop, delivery.event_id == UUID(key.event_id),
               delivery.reaction == key.reaction)
        .with_for_update(of=delivery)
    ).first()  # fmt: skip
    if row is None or row.state in {"done", "dead"}:
        return None
    _change(unit, delivery, row, state="sent", next_at=unit.now + LEASE)
    return reactions.read(row.event, row.payload), row.trace


def _run(scope: Scope, reaction: Reaction, event: Event, key: DeliveryKey) -> None:
    if reaction.kind == "job":
        reaction.apply(scope, event)
        return
    with unit_of_work(scope) as unit:
        if not _consume(unit, key):
            return
        reaction.apply(unit, event)


def _consume(unit: UnitOfWork, key: DeliveryKey) -> bool:
    """Mark the event as consumed by this reaction; False where it already was."""
    table = _consumed(unit.scope.database)
    marked = unit.session.execute(
        upsert(table)
        .values(event_id=UUID(key.event_id), reaction=key.reaction, consumed_at=unit.now)
        .on_conflict_do_nothing()
        .returning(table.event_id)
    ).first()
    return marked is not None


def _mark_done(key: DeliveryKey) -> None:
    with unit_of_work(platform_scope(key.database)) as unit:
        table = _delivery(key.database)
        unit.session.execute(
            update(table)
            .where(*_is(table, key))
            .values(state="done", attempts=table.attempts + 1, last_error="")
        )


def _note_failure(key: DeliveryKey, error: Exception) -> None:
    """Note why a delivery failed, without any value that could be personal."""
    told = error.code if isinstance(error, GalleriaError) else type(error).__name__
    log.warning("delivery failed", reaction=key.reaction, event_id=key.event_id, error=told,
                exc_info=not isinstance(error, GalleriaError | NotYetError))  # fmt: skip
    with unit_of_work(platform_scope(key.database)) as unit:
        table = _delivery(key.database)
        attempts = unit.session.execute(
            select(table.attempts).where(*_is(table, key)).with_for_update()
        ).scalar_one()
        is_dead = attempts + 1 >= MOST_ATTEMPTS
        unit.session.execute(
            update(table)
            .where(*_is(table, key))
            .values(
                attempts=attempts + 1,
                state="dead" if is_dead else "waiting",
                next_at=unit.now + wait_before(attempts + 1),
                last_error=told[:ERROR_LENGTH],
            )
        )


def wait_before(attempt: int) -> timedelta:
    """Return how long to wait before an attempt: 1, 2, 4 … seconds, at most 30 minutes."""
    return min(timedelta(seconds=2 ** (attempt - 1)), LONGEST_WAIT)


def _is(table: Any, key: DeliveryKey) -> tuple[Any, ...]:
    return (
        table.shop == key.shop,
        table.event_id == UUID(key.event_id),
        table.reaction == key.reaction,
    )


@dataclass(frozen=True, slots=True)
class StuckDelivery:
    """A delivery that failed, for the admin console."""

    key: DeliveryKey
    event: str
    state: str
    attempts: int
    last_error: str


def list_failed(unit: UnitOfWork, *, limit: int = 100) -> list[StuckDelivery]:
    """Return deliveries that failed at least once and are not done, newest first."""
    database = unit.scope.database
    table, outbox = _delivery(database), _outbox(database)
    rows = unit.session.execute(
        select(table.shop, table.event_id, table.reaction, table.state, table.attempts,
               table.last_error, outbox.event)
        .join(outbox, (outbox.shop == table.shop) & (outbox.id == table.event_id))
        .where(table.state != "done", table.attempts > 0)
        .order_by(table.event_id.desc())
        .limit(limit)
    )  # fmt: skip
    return [
        StuckDelivery(
            DeliveryKey(database, row.shop, str(row.event_id), row.reaction),
            row.event, row.state, row.attempts, row.last_error,
        )
        for row in rows
    ]  # fmt: skip


def resend(unit: UnitOfWork, *, key: DeliveryKey) -> None:
    """Let a failed delivery be tried again at once."""
    table = _delivery(key.database)
    unit.session.execute(
        update(table).where(*_is(table, key), table.state != "done")
        .values(state="waiting", attempts=0, next_at=unit.now)
    )  # fmt: skip


def count_unsent(unit: UnitOfWork, *, older_than: timedelta) -> int:
    """Count deliveries that should have been done before `older_than` ago (invariant I14)."""
    table, outbox = _delivery(unit.scope.database), _outbox(unit.scope.database)
    rows = unit.session.execute(
        select(table.event_id)
        .join(outbox, (outbox.shop == table.shop) & (outbox.id == table.event_id))
        .where(table.state.in_(("waiting", "sent")), outbox.recorded_at < unit.now - older_than)
    )
    return len(rows.all())

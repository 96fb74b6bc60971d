"""The unit of work: one transaction, bound to one shop or to the platform; the only commit.

What must be true together happens inside one. What may follow is recorded as an event, stored in
the same commit, and delivered afterwards by the relay (docs/architecture.md, "the life of a write").
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.foundation.audit.origin import SYSTEM, current_place, resolve_actor
from app.foundation.audit.rules import AuditKind, describe
from app.foundation.clock import clock
from app.foundation.database import Scope, ShopScope, began_at, begin_in_scope, engine_for
from app.foundation.events import Event
from app.foundation.identifiers import new_id
from app.foundation.records import write_records
from app.foundation.sealing.columns import unit_keys
from app.foundation.sealing.places import UnitKeys
from app.foundation.tracing import current_trace

Result = TypeVar("Result")
DEADLOCK, SERIALIZATION_FAILURE = "40P01", "40001"
_open_unit: ContextVar[Scope | None] = ContextVar("open_unit", default=None)


class NestedUnitError(RuntimeError):
    """A unit of work was opened inside another: two commits, joined by an event, are wanted."""


class UnitOfWork:
    """One transaction: its session, its time, and the events that its commit will store."""

    def __init__(self, scope: Scope, connection: Connection) -> None:
        self.scope = scope
        self._session: Session | None = None
        self.connection = connection
        self.now: datetime = clock.read(began_at(connection))
        self.keys = UnitKeys(scope, connection, self.now)
        self._events: list[Event] = []
        self._audit: list[dict[str, Any]] = []

    @property
    def session(self) -> Session:
        """The unit's session, made when first asked for: many pages need the connection alone."""
        if self._session is None:
            self._session = Session(bind=self.connection, autoflush=False, expire_on_commit=False)
        return self._session

    @property
    def currency(self) -> str:
        """The currency of the shop in scope. Raises LookupError in the platform's own scopes."""
        if not isinstance(self.scope, ShopScope):
            raise LookupError("only a shop has a currency")  # noqa: TRY004 - the scope lacks it
        return self.scope.currency

    def read_clock(self) -> datetime:
        """Ask the database for the time again; for a decision taken after waiting for a lock."""
        instant: datetime = self.connection.execute(text("SELECT clock_timestamp()")).scalar_one()
        self.now = clock.read(instant)
        return self.now

    def record(self, event: Event) -> None:
        """Store `event` with this transaction; its reactions follow after the commit."""
        self._events.append(event)

    def audit(
        self,
        *,
        action: str,
        object_kind: str,
        object_id: UUID | str,
        actor: str = SYSTEM,
        kind: AuditKind = AuditKind.ACTION,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
        **fields: Any,
    ) -> None:
        """Store who did what to which object with this transaction (FR-047).

        Who and from where come from the request; "system" gives way to the person who asked. Of
        values only harmless ones are kept, of others a keyed hash (app/foundation/audit/rules.py).
        """
        place, network = current_place()
        self._audit.append(
            {
                "id": str(new_id()),
                "actor": resolve_actor(actor),
                "action": action,
                "object_kind": object_kind,
                "object_id": str(object_id),
                "kind": kind.value,
                "before": describe(before or {}),
                "after": describe(after or {}),
                "fields": describe(fields),
                "place": place,
                "network": network,
                "trace": current_trace(),
                "recorded_at": self.now.isoformat(),
            }
        )

    def close(self) -> None:
        """Let go of what was loaded; the end of the transaction calls it."""
        if self._session is not None:
            self._session.close()

    def write_records(self) -> None:
        """Write the recorded events, their deliveries and the audit rows; the commit calls it."""
        if self._session is not None:
            self._session.flush()
        if self._events or self._audit:
            write_records(self.connection, self.scope, self._events, self._audit, self.now)
        self._events, self._audit = [], []


@contextmanager
def unit_of_work(scope: Scope) -> Iterator[UnitOfWork]:
    """Open a transaction bound to `scope`; commit at the end, roll back on any exception.

    Raises NestedUnitError inside another one.
    """
    if _open_unit.get() is not None:
        raise NestedUnitError(f"{scope} inside {_open_unit.get()}")
    token = _open_unit.set(scope)
    try:
        with _connect(scope) as connection:
            unit = UnitOfWork(scope, connection)
            keys_token = unit_keys.set(unit.keys)
            try:
                yield unit
                unit.write_records()
                connection.commit()
            except BaseException:
                connection.rollback()
                raise
            finally:
                unit_keys.reset(keys_token)
                unit.close()
    finally:
        _open_unit.reset(token)


def run_in_unit(scope: Scope, work: Callable[[UnitOfWork], Result]) -> Result:
    """Run `work` in a unit of work; once more, from the start, after a deadlock."""
    try:
        with unit_of_work(scope) as unit:
            return work(unit)
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) not in {DEADLOCK, SERIALIZATION_FAILURE}:
            raise
    with unit_of_work(scope) as unit:
        return work(unit)


@contextmanager
def _connect(scope: Scope) -> Iterator[Connection]:
    connection = _begin(scope)
    try:
        yield connection
    finally:
        connection.close()


def _begin(scope: Scope) -> Connection:
    """Check a connection out and begin; once more on a fresh one where the pooled one was dead."""
    engine = engine_for(scope.database)
    for is_last in (False, True):
        connection = engine.connect()
        try:
            begin_in_scope(connection, scope)
        except Exception as error:
            connection.invalidate()
            connection.close()
            if is_last or not _is_disconnect(error):
                raise
            engine.dispose(close=False)
            time.sleep(0.02)
        else:
            return connection
    raise AssertionError("unreachable")


def _is_disconnect(error: Exception) -> bool:
    sqlstate = getattr(getattr(error, "orig", error), "sqlstate", None)
    return sqlstate is None or sqlstate.startswith(("57P", "08"))

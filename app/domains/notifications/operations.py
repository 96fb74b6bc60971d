"""Sending a mail once for each thing that it tells of."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from app.domains.notifications.models import SentAccountMail, SentMessage
from app.domains.notifications.ports import Mail, Mailer
from app.foundation.database import DIRECTORY, Scope
from app.foundation.ports import port
from app.foundation.unit_of_work import UnitOfWork, unit_of_work

Writer = Callable[[UnitOfWork], Callable[[], Mail] | None]
"""Gathers the facts in a unit of work; returns what writes the mail outside of it, or None."""


def send_once(scope: Scope, *, kind: str, subject_id: UUID, write: Writer) -> None:
    """Gather the facts in one unit, write and send outside of it, and note it in another.

    A crash between handing a mail over and noting it sends it again, with the same Message-ID.
    Raises OSError where it could not be handed over; then the delivery is tried again.
    """
    table = _table(scope)
    with unit_of_work(scope) as unit:
        if _is_sent(unit, table, kind, subject_id):
            return
        written = write(unit)
    mail = written() if written else None
    if mail and mail.to:  # nobody is left to tell once the person was erased
        port(Mailer).send(mail)
    with unit_of_work(scope) as unit:
        unit.session.execute(
            update(table)
            .where(table.kind == kind, table.subject_id == subject_id)
            .values(state="sent", sent_at=unit.now)
        )


def _table(scope: Scope) -> Any:
    return SentAccountMail if scope.database == DIRECTORY else SentMessage


def _is_sent(unit: UnitOfWork, table: Any, kind: str, subject_id: UUID) -> bool:
    unit.session.execute(
        insert(table)
        .values(kind=kind, subject_id=subject_id, state="writing", written_at=unit.now)
        .on_conflict_do_nothing()
    )
    state = unit.session.execute(
        select(table.state)
        .where(table.kind == kind, table.subject_id == subject_id)
        .with_for_update()
    ).scalar_one()
    return bool(state == "sent")

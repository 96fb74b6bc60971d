"""The end of sessions, and of what was kept for them."""

from uuid import UUID

from sqlalchemy import ColumnElement, delete, or_, update

from app.domains.accounts.sessions.models import HandOver, ParkedForm, SessionRow, SignInRecordRow
from app.domains.accounts.sessions.rules import (
    HAND_OVER_LIFE,
    HISTORY_LIFE,
    PARKED_LIFE,
    SESSION_LIFE,
)
from app.foundation.audit.rules import AuditKind
from app.foundation.unit_of_work import UnitOfWork


def end_session(unit: UnitOfWork, *, person_id: UUID, parent_id: UUID) -> bool:
    """End one sign-in of a person on every host; whether there was one."""
    return _end(unit, person_id, or_(SessionRow.id == parent_id, SessionRow.parent_id == parent_id))


def end_all_sessions(
    unit: UnitOfWork, *, person_id: UUID, except_parent: UUID | None = None
) -> bool:
    """End every sign-in of a person, but for one where asked; whether there was any."""
    if except_parent is None:
        return _end(unit, person_id, SessionRow.person_id == person_id)
    others = (SessionRow.id != except_parent) & (
        SessionRow.parent_id.is_(None) | (SessionRow.parent_id != except_parent)
    )
    return _end(unit, person_id, others)


def _end(unit: UnitOfWork, person_id: UUID, which: ColumnElement[bool]) -> bool:
    ended = unit.session.execute(
        update(SessionRow)
        .where(SessionRow.person_id == person_id, SessionRow.ended_at.is_(None), which)
        .values(ended_at=unit.now)
        .returning(SessionRow.id)
    ).first()
    if ended:
        unit.audit(
            actor=str(person_id),
            action="end_sessions",
            object_kind="person",
            object_id=person_id,
            kind=AuditKind.SIGN_IN,
        )
    return ended is not None


def forget_old_sessions(unit: UnitOfWork) -> None:
    """Remove what is over: codes, parked forms, sessions after a month, old history."""
    unit.session.execute(delete(HandOver).where(HandOver.made_at < unit.now - HAND_OVER_LIFE))
    unit.session.execute(delete(ParkedForm).where(ParkedForm.parked_at < unit.now - PARKED_LIFE))
    unit.session.execute(
        delete(SignInRecordRow).where(SignInRecordRow.happened_at < unit.now - HISTORY_LIFE)
    )
    over = unit.now - SESSION_LIFE
    unit.session.execute(
        delete(SessionRow).where(SessionRow.parent_id.is_not(None), SessionRow.created_at < over)
    )
    unit.session.execute(
        delete(SessionRow).where(SessionRow.parent_id.is_(None), SessionRow.created_at < over)
    )

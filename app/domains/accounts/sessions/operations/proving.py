"""Somebody who is signed in proves anew who they are, or just goes on."""

from uuid import UUID

from sqlalchemy import select, update

from app.domains.accounts.factors.operations.passwords import NOBODYS_HASH, matches
from app.domains.accounts.people.models import Person
from app.domains.accounts.sessions.errors import ProofRefusedError
from app.domains.accounts.sessions.models import SessionRow
from app.domains.accounts.sessions.rules import SEEN_STEP
from app.foundation.audit.rules import AuditKind
from app.foundation.unit_of_work import UnitOfWork


def touch_session(unit: UnitOfWork, *, parent_id: UUID) -> None:
    """Note that a sign-in is in use; at most once a minute."""
    unit.session.execute(
        update(SessionRow)
        .where(SessionRow.id == parent_id, SessionRow.seen_at < unit.now - SEEN_STEP)
        .values(seen_at=unit.now)
    )


def prove_by_password(unit: UnitOfWork, *, person_id: UUID, password: str) -> None:
    """Check the password of somebody who is signed in. Raises ProofRefusedError."""
    stored = unit.session.execute(
        select(Person.password_hash).where(Person.id == person_id)
    ).scalar_one_or_none()
    if not matches(stored or NOBODYS_HASH, password) or stored is None:
        raise ProofRefusedError


def note_proof(unit: UnitOfWork, *, parent_id: UUID, method: str) -> None:
    """Note that somebody proved anew who they are, on all hosts of the sign-in."""
    person_id = unit.session.execute(
        update(SessionRow)
        .where(SessionRow.id == parent_id, SessionRow.ended_at.is_(None))
        .values(proved_at=unit.now, seen_at=unit.now)
        .returning(SessionRow.person_id)
    ).scalar_one()
    unit.audit(
        actor=str(person_id), action="prove", object_kind="person", object_id=person_id,
        kind=AuditKind.SIGN_IN, method=method,
    )  # fmt: skip

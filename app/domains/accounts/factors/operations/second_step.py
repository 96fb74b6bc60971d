"""Between the password and the second factor: a row that gives access to nothing."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, insert, select

from app.domains.accounts.factors.errors import SecondStepOverError
from app.domains.accounts.factors.models import PendingSignIn
from app.domains.accounts.factors.rules import SECOND_STEP_LIFE
from app.domains.accounts.people.models import Person
from app.foundation.identifiers import new_token
from app.foundation.sealing import email_indexes
from app.foundation.tokens import hash_token
from app.foundation.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class SecondStep:
    """Who gave the right password, and what their tries are counted by."""

    person_id: UUID
    account_indexes: tuple[bytes, ...]


def begin_second_step(unit: UnitOfWork, *, person_id: UUID) -> str:
    """Note that the password was right; return the secret for the browser's cookie."""
    token = new_token()
    unit.session.execute(
        insert(PendingSignIn).values(
            token_hash=hash_token(token), person_id=person_id, begun_at=unit.now
        )
    )
    return token


def get_second_step(unit: UnitOfWork, *, token: str) -> SecondStep:
    """Return who is in the middle of signing in. Raises SecondStepOverError."""
    row = unit.session.execute(
        select(PendingSignIn.person_id, Person.email)
        .join(Person, Person.id == PendingSignIn.person_id)
        .where(
            PendingSignIn.token_hash == hash_token(token),
            PendingSignIn.begun_at > unit.now - SECOND_STEP_LIFE,
        )
    ).first()
    if row is None:
        raise SecondStepOverError
    return SecondStep(row.person_id, email_indexes(row.email))


def end_second_step(unit: UnitOfWork, *, token: str) -> None:
    """Use the row up: it leads to one sign-in. Raises SecondStepOverError."""
    ended = unit.session.execute(
        delete(PendingSignIn)
        .where(PendingSignIn.token_hash == hash_token(token))
        .returning(PendingSignIn.person_id)
    ).first()
    if ended is None:
        raise SecondStepOverError

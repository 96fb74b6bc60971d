"""A new password by a link: one hour, once, and never around the second factor (ASVS 6.4.3)."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, insert, select, update

from app.domains.accounts.factors.errors import ResetLinkGoneError, SecondFactorMissingError
from app.domains.accounts.factors.events import ResetAsked
from app.domains.accounts.factors.models import PasswordReset
from app.domains.accounts.factors.operations.codes import prove_with_code
from app.domains.accounts.factors.operations.passkeys.proving import ProvedPasskey
from app.domains.accounts.factors.operations.passwords import change_password
from app.domains.accounts.factors.queries import has_second_factor
from app.domains.accounts.factors.rules import MOST_RESETS, RESET_LIFE
from app.domains.accounts.people.models import Person
from app.domains.accounts.sessions.operations.ending import end_all_sessions
from app.foundation.guards import Guard, is_guarded
from app.foundation.identifiers import new_id, new_token
from app.foundation.sealing import email_indexes
from app.foundation.tokens import hash_token
from app.foundation.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class IssuedReset:
    """A link's secret, for the mail that is being written and nothing else."""

    person_id: UUID
    token: str


@dataclass(frozen=True, slots=True)
class OpenReset:
    """Whom a link is for, and the words that the new password must not be made of."""

    id: UUID
    person_id: UUID
    account_indexes: tuple[bytes, ...]
    words: tuple[str, ...]


def ask_reset(unit: UnitOfWork, *, account_indexes: tuple[bytes, ...]) -> None:
    """Note that somebody asks for a new password; the same rows whether the account exists or not.

    The mail is written afterwards by a reaction, so that the answer takes the same time.
    """
    person_id = unit.session.execute(
        select(Person.id).where(Person.email_index.in_(account_indexes))
    ).scalar_one_or_none()
    reset_id = new_id()
    unit.session.execute(
        insert(PasswordReset).values(
            id=reset_id, person_id=person_id, asked_at=unit.now, expires_at=unit.now + RESET_LIFE
        )
    )
    unit.record(ResetAsked(reset_id=reset_id))


def issue_reset(unit: UnitOfWork, *, reset_id: UUID) -> IssuedReset | None:
    """Make the link's secret while its mail is written; only the hash is kept.

    None where no account has the address, the hour is over, or the person has had enough links.
    """
    row = unit.session.execute(
        select(PasswordReset.person_id)
        .where(PasswordReset.id == reset_id, PasswordReset.person_id.is_not(None),
               PasswordReset.used_at.is_(None), PasswordReset.expires_at > unit.now)
        .with_for_update()
    ).first()  # fmt: skip
    if row is None or _issued_lately(unit, row.person_id, reset_id) >= MOST_RESETS:
        return None
    token = new_token()
    unit.session.execute(
        update(PasswordReset)
        .where(PasswordReset.id == reset_id)
        .values(token_hash=hash_token(token))
    )
    return IssuedReset(row.person_id, token)


def open_reset(unit: UnitOfWork, *, token: str) -> OpenReset:
    """Return what a link is for. Raises ResetLinkGoneError."""
    row = unit.session.execute(
        select(PasswordReset.id, PasswordReset.person_id, Person.email, Person.name)
        .join(Person, Person.id == PasswordReset.person_id)
        .where(PasswordReset.token_hash == hash_token(token),
               PasswordReset.used_at.is_(None), PasswordReset.expires_at > unit.now)
    ).first()  # fmt: skip
    if row is None:
        raise ResetLinkGoneError
    return OpenReset(row.id, row.person_id, email_indexes(row.email), (row.email, row.name))


def reset_password(
    unit: UnitOfWork, *, token: str, password: str, code: str = "",
    passkey: ProvedPasskey | None = None,
) -> UUID:  # fmt: skip
    """Give the account its new password, use the link up and end every session.

    Where the account has a second factor, a code, a recovery code or a passkey that has just
    answered is needed. Raises ResetLinkGoneError, PasswordRefusedError, SecondFactorMissingError,
    WrongCodeError.
    """
    reset = open_reset(unit, token=token)
    _use_up(unit, reset.id)
    change_password(unit, person_id=reset.person_id, password=password, words=reset.words)
    if has_second_factor(unit, reset.person_id):
        _prove_second(unit, reset.person_id, code, passkey)
    _end_everything(unit, reset.person_id)
    return reset.person_id


def _use_up(unit: UnitOfWork, reset_id: UUID) -> None:
    """Mark a link as used; of two at once the second finds it used."""
    unused = (PasswordReset.used_at.is_(None),) if is_guarded(Guard.RESET_ONCE) else ()
    used = unit.session.execute(
        update(PasswordReset)
        .where(PasswordReset.id == reset_id, *unused)
        .values(used_at=unit.now)
        .returning(PasswordReset.id)
    ).first()
    if used is None:
        raise ResetLinkGoneError


def _prove_second(
    unit: UnitOfWork, person_id: UUID, code: str, passkey: ProvedPasskey | None
) -> None:
    if passkey is not None and passkey.person_id == person_id:
        return
    if not code.strip():
        raise SecondFactorMissingError
    prove_with_code(unit, person_id=person_id, code=code)


def _end_everything(unit: UnitOfWork, person_id: UUID) -> None:
    """End every session, and every other link to a new password."""
    end_all_sessions(unit, person_id=person_id)
    unit.session.execute(
        update(PasswordReset)
        .where(PasswordReset.person_id == person_id, PasswordReset.used_at.is_(None))
        .values(used_at=unit.now)
    )


def _issued_lately(unit: UnitOfWork, person_id: UUID, reset_id: UUID) -> int:
    return unit.session.execute(
        select(func.count())
        .select_from(PasswordReset)
        .where(PasswordReset.person_id == person_id, PasswordReset.id != reset_id,
               PasswordReset.token_hash.is_not(None),
               PasswordReset.asked_at > unit.now - timedelta(hours=1))
    ).scalar_one()  # fmt: skip

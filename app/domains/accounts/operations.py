"""Making people, signing in and out. All in the directory."""

from dataclasses import dataclass
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from app.domains.accounts.errors import EmailTakenError, SignInRefusedError, TooManyFailuresError
from app.domains.accounts.models import Membership, Person, SessionRow, SignInFailure
from app.domains.accounts.rules import FAILURE_WINDOW, MOST_FAILURES, SEEN_STEP, Role
from app.foundation.audit.rules import AuditKind
from app.foundation.identifiers import new_id, new_token
from app.foundation.sealing import key_ring, normalise_email
from app.foundation.tokens import hash_token
from app.foundation.unit_of_work import UnitOfWork

_hasher = PasswordHasher()
_NOBODYS_HASH = _hasher.hash("a password that nobody has")


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A fresh session: its secret goes into the cookie and is kept nowhere."""

    person_id: UUID
    token: str


def email_index(address: str) -> bytes:
    """Return what an e-mail address is looked up by."""
    return key_ring().blind_index(normalise_email(address))


def register_person(
    unit: UnitOfWork, *, email: str, name: str, password: str, language: str
) -> UUID:
    """Make an account. Raises EmailTakenError."""
    index = email_index(email)
    if unit.session.execute(select(Person.id).where(Person.email_index == index)).first():
        raise EmailTakenError
    person_id = new_id()
    unit.session.execute(
        insert(Person).values(
            id=person_id, email=email.strip(), email_index=index, name=name,
            password_hash=_hasher.hash(password), language=language, created_at=unit.now,
        )
    )  # fmt: skip
    return person_id


def grant_role(unit: UnitOfWork, *, person_id: UUID, shop_id: UUID, role: Role) -> None:
    """Give a person a role on a shop (or on PLATFORM), replacing the one before."""
    unit.session.execute(
        upsert(Membership)
        .values(person_id=person_id, shop_id=shop_id, role=role.value, granted_at=unit.now)
        .on_conflict_do_update(index_elements=["person_id", "shop_id"], set_={"role": role.value})
    )
    unit.audit(
        action="grant_role", object_kind="person", object_id=person_id, kind=AuditKind.MONEY,
        shop=str(shop_id), role=role.value,
    )  # fmt: skip


def check_failures(unit: UnitOfWork, *, email: str) -> None:
    """Refuse an address with five failures in 15 minutes (SEC-009). Raises TooManyFailuresError."""
    recent = unit.session.execute(
        select(func.count())
        .select_from(SignInFailure)
        .where(
            SignInFailure.email_index == email_index(email),
            SignInFailure.failed_at > unit.now - FAILURE_WINDOW,
        )
    ).scalar_one()
    if recent >= MOST_FAILURES:
        raise TooManyFailuresError


def note_failure(unit: UnitOfWork, *, email: str) -> None:
    """Count a failed sign-in, whether the account exists or not."""
    unit.session.execute(
        insert(SignInFailure).values(
            id=new_id(), email_index=email_index(email), failed_at=unit.now
        )
    )


def sign_in(unit: UnitOfWork, *, email: str, password: str, host: str) -> SignedIn:
    """Check a password and begin a session: a parent, and a child for this host.

    The work is the same whether the account exists or not. Raises SignInRefusedError.
    """
    row = unit.session.execute(
        select(Person.id, Person.password_hash).where(Person.email_index == email_index(email))
    ).first()
    stored = row.password_hash if row else _NOBODYS_HASH
    if not _matches(stored, password) or row is None:
        raise SignInRefusedError
    if _hasher.check_needs_rehash(stored):
        unit.session.execute(
            update(Person).where(Person.id == row.id).values(password_hash=_hasher.hash(password))
        )
    unit.session.execute(
        delete(SignInFailure).where(SignInFailure.email_index == email_index(email))
    )
    unit.audit(
        actor=str(row.id), action="sign_in", object_kind="person", object_id=row.id,
        kind=AuditKind.SIGN_IN,
    )  # fmt: skip
    return SignedIn(row.id, _begin_session(unit, row.id, host))


def _matches(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except (VerifyMismatchError, InvalidHashError):
        return False


def _begin_session(unit: UnitOfWork, person_id: UUID, host: str) -> str:
    token, parent_id = new_token(), new_id()
    common = {
        "person_id": person_id, "created_at": unit.now, "seen_at": unit.now, "proved_at": unit.now,
    }  # fmt: skip
    unit.session.execute(
        insert(SessionRow).values(
            [
                {"id": parent_id, "parent_id": None, "token_hash": None, "host": "", **common},
                {
                    "id": new_id(),
                    "parent_id": parent_id,
                    "token_hash": hash_token(token),
                    "host": host,
                    **common,
                },
            ]
        )
    )
    return token


def touch_session(unit: UnitOfWork, *, session_id: UUID) -> None:
    """Note that a session is in use; at most once a minute."""
    unit.session.execute(
        update(SessionRow)
        .where(SessionRow.id == session_id, SessionRow.seen_at < unit.now - SEEN_STEP)
        .values(seen_at=unit.now)
    )


def sign_out(unit: UnitOfWork, *, session_id: UUID) -> None:
    """End the whole sign-in that a session belongs to: the parent and every child."""
    parent = unit.session.execute(
        select(SessionRow.parent_id).where(SessionRow.id == session_id)
    ).scalar_one_or_none()
    unit.session.execute(
        update(SessionRow)
        .where((SessionRow.id == parent) | (SessionRow.parent_id == parent))
        .values(ended_at=unit.now)
    )

"""Hashing and changing passwords."""

from collections.abc import Iterable
from uuid import UUID

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select, update

from app.domains.accounts.factors.errors import CurrentPasswordError
from app.domains.accounts.factors.events import PasswordChanged
from app.domains.accounts.factors.queries import has_second_factor
from app.domains.accounts.factors.rules import (
    LONGEST_PASSWORD,
    check_password,
    normalise_password,
)
from app.domains.accounts.people.models import Person
from app.foundation.audit.rules import AuditKind
from app.foundation.identifiers import new_id
from app.foundation.unit_of_work import UnitOfWork

_hasher = PasswordHasher(
    time_cost=3, memory_cost=65_536, parallelism=4, hash_len=32, salt_len=16, type=Type.ID
)
"""RFC 9106, section 4, the second recommended choice (64 MiB, three passes), above OWASP's least
(19 MiB, two passes). Constants, not configuration: weaker ones must be a change that is reviewed."""
NOBODYS_HASH = (
    "$argon2id$v=19$m=65536,t=3,p=4$ahEjSkLBhGQEafAbWdVOTQ"
    "$ixW0QfuEL48zVNA8v4goBwkm070R0tzmf9tsg9ZCD60"
)
"""Checked where no account exists, so that both cases take the same time.

Of 32 random bytes that nobody kept; written down, because each process that starts would make one
with 64 MiB and three passes. Made with the parameters in force: a change of them makes a new one.
"""


def hash_password(password: str) -> str:
    """Return what is stored of a password: argon2id of its NFKC form."""
    return _hasher.hash(normalise_password(password))


def matches(stored: str, password: str) -> bool:
    """Whether a password belongs to a stored hash; longer ones than we take never do."""
    try:
        return _hasher.verify(stored, normalise_password(password[: LONGEST_PASSWORD + 1]))
    except (VerificationError, InvalidHashError):
        return False


def needs_new_hash(stored: str) -> bool:
    """Whether a hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(stored)


def check_current_password(unit: UnitOfWork, *, person_id: UUID, password: str) -> None:
    """Check the password in force; whoever has none passes. Raises CurrentPasswordError."""
    stored = unit.session.execute(
        select(Person.password_hash).where(Person.id == person_id)
    ).scalar_one()
    if stored is not None and not matches(stored, password):
        raise CurrentPasswordError


def change_password(
    unit: UnitOfWork, *, person_id: UUID, password: str, words: Iterable[str]
) -> None:
    """Give an account a new password. Raises PasswordRefusedError.

    The caller ends the other sessions (ASVS 7.4.3).
    """
    check_password(password, words=words, has_second_factor=has_second_factor(unit, person_id))
    unit.session.execute(
        update(Person).where(Person.id == person_id).values(password_hash=hash_password(password))
    )
    unit.audit(
        actor=str(person_id), action="change_password", object_kind="person",
        object_id=person_id, kind=AuditKind.SIGN_IN,
    )  # fmt: skip
    unit.record(PasswordChanged(change_id=new_id(), person_id=person_id))

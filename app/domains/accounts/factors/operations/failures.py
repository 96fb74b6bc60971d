"""Counting tries, so that guessing ends soon and nobody can lock a stranger out (SEC-009).

A try is counted before it is checked and taken back when it was right: a hundred at once do not
all look before the first is counted.
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, insert, select, text

from app.domains.accounts.factors.models import (
    PasskeyChallenge,
    PasswordReset,
    PendingSignIn,
    SignInAttempt,
    UsedCode,
)
from app.domains.accounts.factors.rules import FAILURE_WINDOW, LIMITS, Step, network_of
from app.domains.accounts.sessions.errors import TooManyFailuresError
from app.foundation.guards import Guard, is_guarded
from app.foundation.identifiers import new_id
from app.foundation.sealing import key_ring
from app.foundation.unit_of_work import UnitOfWork

_KEPT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a try comes from: keyed hashes of the address and of its network."""

    address_hash: bytes
    network_hash: bytes


def source_of(address: str) -> Source:
    """Return what is kept of a visitor's address."""
    ring = key_ring()
    return Source(
        ring.fingerprint(f"address:{address}"), ring.fingerprint(f"network:{network_of(address)}")
    )


def begin_attempt(
    unit: UnitOfWork,
    *,
    step: Step,
    account_indexes: tuple[bytes, ...],
    source: Source,
    device_hash: bytes | None,
) -> UUID:
    """Count a try before it is checked; commit it before checking.

    `account_indexes` are the address's blind indexes, whether an account has it or not.
    `device_hash` is given only where this device has signed in to this account before: it has a
    counter of its own, and neither strangers' failures nor its address's stop it.
    Raises TooManyFailuresError.
    """
    _lock(unit, account_indexes, device_hash, source)
    _check(unit, step, account_indexes, source, device_hash)
    attempt_id = new_id()
    unit.session.execute(
        insert(SignInAttempt).values(
            id=attempt_id, step=step.value, account_index=account_indexes[0], device_hash=device_hash,
            address_hash=source.address_hash, network_hash=source.network_hash, tried_at=unit.now,
        )
    )  # fmt: skip
    return attempt_id


def forgive_attempt(unit: UnitOfWork, *, attempt_id: UUID) -> None:
    """Take back a try that was right; what others tried stays counted."""
    unit.session.execute(delete(SignInAttempt).where(SignInAttempt.id == attempt_id))


def forget_old_tries(unit: UnitOfWork) -> None:
    """Remove tries, challenges, used codes and reset links that nothing asks for any more."""
    before = unit.now - _KEPT
    unit.session.execute(delete(SignInAttempt).where(SignInAttempt.tried_at < before))
    unit.session.execute(delete(PasskeyChallenge).where(PasskeyChallenge.expires_at < before))
    unit.session.execute(delete(PendingSignIn).where(PendingSignIn.begun_at < before))
    unit.session.execute(delete(UsedCode).where(UsedCode.used_at < before))
    unit.session.execute(delete(PasswordReset).where(PasswordReset.expires_at < before))


def _lock(
    unit: UnitOfWork, account_indexes: tuple[bytes, ...], device_hash: bytes | None, source: Source
) -> None:
    """Count one after the other: always the account first, then the address."""
    if not is_guarded(Guard.ATTEMPT_LOCK):
        return
    names = sorted(account_indexes) + ([] if device_hash else [source.address_hash])
    for name in names:
        number = int.from_bytes(name[-8:], "big", signed=True)
        unit.session.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": number})


def _check(
    unit: UnitOfWork,
    step: Step,
    account_indexes: tuple[bytes, ...],
    source: Source,
    device_hash: bytes | None,
) -> None:
    of_account = SignInAttempt.account_index.in_(account_indexes) & (
        SignInAttempt.step == step.value
    )
    if device_hash is not None:
        limits = [(of_account & (SignInAttempt.device_hash == device_hash), LIMITS.device)]
    else:
        unknown = SignInAttempt.device_hash.is_(None)
        limits = [
            (of_account & unknown, LIMITS.account),
            ((SignInAttempt.address_hash == source.address_hash) & unknown, LIMITS.address),
            ((SignInAttempt.network_hash == source.network_hash) & unknown, LIMITS.network),
        ]
    for condition, limit in limits:
        if _count(unit, condition) >= limit:
            raise TooManyFailuresError


def _count(unit: UnitOfWork, condition: ColumnElement[bool]) -> int:
    return unit.session.execute(
        select(func.count())
        .select_from(SignInAttempt)
        .where(condition, SignInAttempt.tried_at > unit.now - FAILURE_WINDOW)
    ).scalar_one()

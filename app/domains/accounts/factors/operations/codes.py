"""One-time codes of an app (RFC 6238), and recovery codes."""

import hmac
import secrets
from datetime import datetime
from uuid import UUID

import pyotp
from sqlalchemy import delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from app.domains.accounts.factors.errors import WrongCodeError
from app.domains.accounts.factors.events import RecoveryCodesMade, RecoveryCodeUsed
from app.domains.accounts.factors.models import AuthenticatorApp, RecoveryCode, UsedCode
from app.domains.accounts.factors.operations.changes import lock_person, note_added, note_removed
from app.domains.accounts.factors.queries import count_recovery_codes
from app.domains.accounts.factors.rules import (
    CODE_DRIFT,
    CODE_SECONDS,
    RECOVERY_ALPHABET,
    RECOVERY_CODES,
    RECOVERY_GROUP,
    RECOVERY_GROUPS,
    Factor,
    normalise_code,
)
from app.foundation.audit.rules import AuditKind
from app.foundation.guards import Guard, is_guarded
from app.foundation.identifiers import new_id
from app.foundation.sealing import key_for, key_ring
from app.foundation.unit_of_work import UnitOfWork

_DIGITS = 6


def begin_app(unit: UnitOfWork, *, person_id: UUID, secret: str = "") -> str:
    """Make a secret for an app (base32, 160 bits); it counts once `confirm_app` saw a code.

    Asked again, the secret that waits is returned, so that a page may be loaded twice. The demo
    brings a secret of its own, for which `./galleria demo-code` then shows codes.
    """
    lock_person(unit, person_id)
    waiting = _secret(unit, person_id, is_confirmed=False)
    if waiting is not None:
        return waiting
    secret = secret or pyotp.random_base32()
    key = key_for(unit, owner=person_id.bytes)
    unit.session.execute(
        insert(AuthenticatorApp).values(
            person_id=person_id,
            is_confirmed=False,
            key_id=key.id,
            secret=key.seal(secret),
            made_at=unit.now,
        )
    )
    return secret


def code_of(secret: str, at: datetime) -> str:
    """Return the code that an app with this secret shows at a moment."""
    return pyotp.HOTP(secret).at(int(at.timestamp()) // CODE_SECONDS)


def confirm_app(unit: UnitOfWork, *, person_id: UUID, code: str) -> None:
    """Let the app count from now on, in place of the one before. Raises WrongCodeError."""
    lock_person(unit, person_id)
    secret = _secret(unit, person_id, is_confirmed=False)
    if secret is None:
        raise WrongCodeError
    _use_step(unit, person_id, secret, code)
    _delete_app(unit, person_id, is_confirmed=True)
    unit.session.execute(
        update(AuthenticatorApp)
        .where(AuthenticatorApp.person_id == person_id)
        .values(is_confirmed=True, made_at=unit.now)
    )
    note_added(unit, person_id, Factor.APP)


def remove_app(unit: UnitOfWork, *, person_id: UUID) -> None:
    """Forget an app's secret. Raises LastFactorError."""
    lock_person(unit, person_id)
    _delete_app(unit, person_id, is_confirmed=False)
    if _delete_app(unit, person_id, is_confirmed=True):
        note_removed(unit, person_id, Factor.APP)


def prove_with_code(unit: UnitOfWork, *, person_id: UUID, code: str) -> Factor:
    """Check a code of the app, or a recovery code; each counts once. Raises WrongCodeError."""
    typed = normalise_code(code)
    if len(typed) == _DIGITS and typed.isdecimal() and typed.isascii():
        secret = _secret(unit, person_id, is_confirmed=True)
        if secret is None:
            raise WrongCodeError
        _use_step(unit, person_id, secret, typed)
        return Factor.APP
    _use_recovery_code(unit, person_id, typed)
    return Factor.RECOVERY_CODE


def make_recovery_codes(unit: UnitOfWork, *, person_id: UUID) -> list[str]:
    """Make ten new codes in place of all before; they are returned once and kept as hashes."""
    lock_person(unit, person_id)
    unit.session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person_id))
    codes = [_new_code() for _ in range(RECOVERY_CODES)]
    unit.session.execute(
        insert(RecoveryCode).values(
            [
                {
                    "person_id": person_id,
                    "code_hash": _code_hashes(person_id, normalise_code(code))[0],
                    "made_at": unit.now,
                }
                for code in codes
            ]
        )
    )
    unit.audit(
        actor=str(person_id), action="make_recovery_codes", object_kind="person",
        object_id=person_id, kind=AuditKind.SIGN_IN,
    )  # fmt: skip
    unit.record(RecoveryCodesMade(change_id=new_id(), person_id=person_id))
    return codes


def _secret(unit: UnitOfWork, person_id: UUID, *, is_confirmed: bool) -> str | None:
    return unit.session.execute(
        select(AuthenticatorApp.secret).where(
            AuthenticatorApp.person_id == person_id,
            AuthenticatorApp.is_confirmed == is_confirmed,
        )
    ).scalar_one_or_none()


def _delete_app(unit: UnitOfWork, person_id: UUID, *, is_confirmed: bool) -> bool:
    gone = unit.session.execute(
        delete(AuthenticatorApp)
        .where(
            AuthenticatorApp.person_id == person_id,
            AuthenticatorApp.is_confirmed == is_confirmed,
        )
        .returning(AuthenticatorApp.person_id)
    ).first()
    return gone is not None


def _use_step(unit: UnitOfWork, person_id: UUID, secret: str, code: str) -> None:
    """Accept a code of one step around now, and that step never again (ASVS 6.5.1)."""
    step = _matching_step(secret, normalise_code(code), int(unit.now.timestamp()) // CODE_SECONDS)
    if step is None:
        raise WrongCodeError
    is_first = unit.session.execute(
        upsert(UsedCode)
        .values(person_id=person_id, step=step, used_at=unit.now)
        .on_conflict_do_nothing()
        .returning(UsedCode.step)
    ).first()
    if is_first is None and is_guarded(Guard.CODE_ONCE):
        raise WrongCodeError


def _matching_step(secret: str, code: str, now: int) -> int | None:
    codes = pyotp.HOTP(secret)
    found = None
    for step in range(now - CODE_DRIFT, now + CODE_DRIFT + 1):
        if hmac.compare_digest(codes.at(step).encode(), code.encode("utf-8", "replace")):
            found = step
    return found


def _use_recovery_code(unit: UnitOfWork, person_id: UUID, code: str) -> None:
    row = (RecoveryCode.person_id == person_id) & (
        RecoveryCode.code_hash.in_(_code_hashes(person_id, code))
    )
    unused = RecoveryCode.used_at.is_(None)
    if unit.session.execute(select(RecoveryCode.made_at).where(row, unused)).first() is None:
        raise WrongCodeError
    still = (row, unused) if is_guarded(Guard.CODE_ONCE) else (row,)
    used = unit.session.execute(
        update(RecoveryCode)
        .where(*still)
        .values(used_at=unit.now)
        .returning(RecoveryCode.person_id)
    ).first()
    if used is None:
        raise WrongCodeError
    left = count_recovery_codes(unit, person_id)
    unit.audit(
        actor=str(person_id), action="use_recovery_code", object_kind="person",
        object_id=person_id, count=left, kind=AuditKind.SIGN_IN,
    )  # fmt: skip
    unit.record(RecoveryCodeUsed(change_id=new_id(), person_id=person_id, left=left))


def _new_code() -> str:
    groups = (
        "".join(secrets.choice(RECOVERY_ALPHABET) for _ in range(RECOVERY_GROUP))
        for _ in range(RECOVERY_GROUPS)
    )
    return "-".join(groups)


def _code_hashes(person_id: UUID, code: str) -> tuple[bytes, ...]:
    """Return what may be kept, in front what is written: keyed, so that the table tells nothing."""
    return key_ring().blind_indexes(f"recovery code:{person_id}:{code}")

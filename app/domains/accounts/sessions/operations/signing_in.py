"""Signing in: a session, the device that it was begun on, and the history of both."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update

from app.domains.accounts.factors.operations.passwords import (
    NOBODYS_HASH,
    hash_password,
    matches,
    needs_new_hash,
)
from app.domains.accounts.people.models import Person
from app.domains.accounts.sessions.errors import SignInRefusedError
from app.domains.accounts.sessions.events import NewDeviceSignedIn
from app.domains.accounts.sessions.models import Device, SessionRow, SignInRecordRow
from app.domains.accounts.sessions.rules import Origin
from app.foundation.audit.rules import AuditKind
from app.foundation.identifiers import new_id, new_token
from app.foundation.sealing import email_indexes, key_for
from app.foundation.tokens import hash_token
from app.foundation.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A fresh session: its secret and its device's go into cookies and are kept nowhere."""

    person_id: UUID
    token: str
    device_token: str


def note_refusal(
    unit: UnitOfWork, *, account_indexes: tuple[bytes, ...], method: str, origin: Origin
) -> None:
    """Let the owner of an account see a sign-in that was refused; nothing where there is none."""
    person_id = unit.session.execute(
        select(Person.id).where(Person.email_index.in_(account_indexes))
    ).scalar_one_or_none()
    if person_id:
        _note_sign_in(unit, person_id, "refused", method, origin)


def check_password(unit: UnitOfWork, *, email: str, password: str) -> UUID:
    """Return the person whose address and password these are; hash it anew where that is old.

    The work is the same whether the account exists or not. Raises SignInRefusedError.
    """
    row = unit.session.execute(
        select(Person.id, Person.password_hash).where(Person.email_index.in_(email_indexes(email)))
    ).first()
    stored = row.password_hash if row else None
    if not matches(stored or NOBODYS_HASH, password) or row is None or stored is None:
        raise SignInRefusedError
    if needs_new_hash(stored):
        unit.session.execute(
            update(Person).where(Person.id == row.id).values(password_hash=hash_password(password))
        )
    return UUID(str(row.id))


def begin_session(
    unit: UnitOfWork, *, person_id: UUID, host: str, method: str, origin: Origin, device_token: str
) -> SignedIn:
    """Begin a sign-in: a parent, and a child for this host; a browser that is new is told by mail.

    `method` says how the person proved who they are: password, passkey, link. `device_token` is
    what the browser kept from an earlier sign-in, or empty.
    """
    token, parent_id = new_token(), new_id()
    device_id, kept_token, is_new = _recognise(unit, person_id, device_token)
    common = {
        "person_id": person_id, "device_id": device_id, "created_at": unit.now,
        "seen_at": unit.now, "proved_at": unit.now, **_seal_origin(unit, person_id, origin),
    }  # fmt: skip
    unit.session.execute(
        insert(SessionRow).values(
            [
                {"id": parent_id, "parent_id": None, "token_hash": None, "host": "", **common},
                {"id": new_id(), "parent_id": parent_id, "token_hash": hash_token(token),
                 "host": host, **common},
            ]
        )
    )  # fmt: skip
    _note_sign_in(unit, person_id, "signed_in", method, origin)
    unit.audit(
        actor=str(person_id), action="sign_in", object_kind="person", object_id=person_id,
        kind=AuditKind.SIGN_IN, method=method,
    )  # fmt: skip
    if is_new:
        unit.record(NewDeviceSignedIn(person_id=person_id, session_id=parent_id))
    return SignedIn(person_id, token, kept_token)


def _recognise(unit: UnitOfWork, person_id: UUID, token: str) -> tuple[UUID, str, bool]:
    """Return the browser's device, its secret, and whether it is new beside others."""
    known = unit.session.execute(
        update(Device)
        .where(Device.person_id == person_id, Device.token_hash == hash_token(token))
        .values(last_seen_at=unit.now)
        .returning(Device.id)
    ).scalar_one_or_none()
    if known:
        return known, token, False
    has_others = unit.session.execute(
        select(Device.id).where(Device.person_id == person_id).limit(1)
    ).first()
    device_id, kept = new_id(), token or new_token()
    unit.session.execute(
        insert(Device).values(
            id=device_id, person_id=person_id, token_hash=hash_token(kept),
            first_seen_at=unit.now, last_seen_at=unit.now,
        )
    )  # fmt: skip
    return device_id, kept, has_others is not None


def _note_sign_in(
    unit: UnitOfWork, person_id: UUID, outcome: str, method: str, origin: Origin
) -> None:
    unit.session.execute(
        insert(SignInRecordRow).values(
            id=new_id(), person_id=person_id, outcome=outcome, method=method,
            happened_at=unit.now, **_seal_origin(unit, person_id, origin),
        )
    )  # fmt: skip


def _seal_origin(unit: UnitOfWork, person_id: UUID, origin: Origin) -> dict[str, Any]:
    """Return where somebody was, sealed with their key."""
    key = key_for(unit, owner=person_id.bytes)
    return {
        "key_id": key.id, "agent": key.seal(origin.agent), "address": key.seal(origin.address),
    }  # fmt: skip

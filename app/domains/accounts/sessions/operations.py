"""Signing in and out, proving oneself anew, going from host to host. All in the directory."""

import json
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, insert, or_, select, update

from app.domains.accounts.factors.operations.passwords import (
    NOBODYS_HASH,
    hash_password,
    matches,
    needs_new_hash,
)
from app.domains.accounts.people.models import Person
from app.domains.accounts.people.operations import email_index
from app.domains.accounts.sessions.errors import (
    HandOverSpentError,
    ProofRefusedError,
    SignInRefusedError,
)
from app.domains.accounts.sessions.events import NewDeviceSignedIn
from app.domains.accounts.sessions.models import (
    Device,
    HandOver,
    ParkedForm,
    SessionRow,
    SignInRecordRow,
)
from app.domains.accounts.sessions.rules import (
    HAND_OVER_LIFE,
    HISTORY_LIFE,
    OLD_TOKEN_LIFE,
    PARKED_LIFE,
    SEEN_STEP,
    SESSION_LIFE,
    Origin,
)
from app.foundation.audit.rules import AuditKind
from app.foundation.identifiers import new_id, new_token
from app.foundation.sealing import key_for
from app.foundation.tokens import hash_token
from app.foundation.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A fresh session: its secret and its device's go into cookies and are kept nowhere."""

    person_id: UUID
    token: str
    device_token: str


@dataclass(frozen=True, slots=True)
class WrittenForm:
    """What somebody had written: where it was to go, the page it stood on, its fields in order."""

    action: str
    page: str
    fields: list[tuple[str, str]]


def note_refusal(unit: UnitOfWork, *, account_index: bytes, method: str, origin: Origin) -> None:
    """Let the owner of an account see a sign-in that was refused; nothing where there is none."""
    person_id = unit.session.execute(
        select(Person.id).where(Person.email_index == account_index)
    ).scalar_one_or_none()
    if person_id:
        _note_sign_in(unit, person_id, "refused", method, origin)


def check_password(unit: UnitOfWork, *, email: str, password: str) -> UUID:
    """Return the person whose address and password these are; hash it anew where that is old.

    The work is the same whether the account exists or not. Raises SignInRefusedError.
    """
    row = unit.session.execute(
        select(Person.id, Person.password_hash).where(Person.email_index == email_index(email))
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


def make_hand_over(unit: UnitOfWork, *, parent_id: UUID, host: str, nonce: str) -> str:
    """Return a code that begins a session of this sign-in on another host, in one browser."""
    code = new_token()
    unit.session.execute(
        insert(HandOver).values(
            code_hash=hash_token(code), parent_id=parent_id, host=host,
            nonce_hash=hash_token(nonce), made_at=unit.now,
        )
    )  # fmt: skip
    return code


def take_over(unit: UnitOfWork, *, code: str, host: str, nonce: str) -> str:
    """Begin the session that a code stands for; return its secret. Raises HandOverSpentError."""
    parent_id = unit.session.execute(
        delete(HandOver)
        .where(
            HandOver.code_hash == hash_token(code), HandOver.host == host,
            HandOver.nonce_hash == hash_token(nonce),
            HandOver.made_at > unit.now - HAND_OVER_LIFE,
        )
        .returning(HandOver.parent_id)
    ).scalar_one_or_none()  # fmt: skip
    parent = unit.session.execute(
        select(SessionRow).where(SessionRow.id == parent_id, SessionRow.ended_at.is_(None))
    ).scalar_one_or_none()
    if parent is None:
        raise HandOverSpentError
    token = new_token()
    unit.session.execute(
        insert(SessionRow).values(
            id=new_id(), parent_id=parent.id, person_id=parent.person_id,
            device_id=parent.device_id, token_hash=hash_token(token), host=host,
            created_at=parent.created_at, seen_at=unit.now, proved_at=parent.proved_at,
        )
    )  # fmt: skip
    return token


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


def ask_for_new_tokens(unit: UnitOfWork, *, person_id: UUID) -> None:
    """Give every session of a person a new secret at its next request: their rights changed."""
    unit.session.execute(
        update(SessionRow)
        .where(
            SessionRow.person_id == person_id, SessionRow.ended_at.is_(None),
            SessionRow.token_hash.is_not(None),
        )
        .values(wants_token_at=unit.now)
    )  # fmt: skip


def renew_token(unit: UnitOfWork, *, session_id: UUID) -> str | None:
    """Give a session a new secret; None where another request has just done so."""
    token = new_token()
    renewed = unit.session.execute(
        update(SessionRow)
        .where(SessionRow.id == session_id, SessionRow.wants_token_at.is_not(None))
        .values(
            old_token_hash=SessionRow.token_hash, old_token_until=unit.now + OLD_TOKEN_LIFE,
            token_hash=hash_token(token), wants_token_at=None,
        )
        .returning(SessionRow.id)
    ).first()  # fmt: skip
    return token if renewed else None


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


def park_form(unit: UnitOfWork, *, host: str, form: WrittenForm) -> str:
    """Keep what somebody had written for an hour; return the secret that finds it again."""
    token = new_token()
    unit.session.execute(
        insert(ParkedForm).values(
            token_hash=hash_token(token), host=host, form=json.dumps(asdict(form)),
            parked_at=unit.now,
        )
    )  # fmt: skip
    return token


def drop_parked_form(unit: UnitOfWork, *, token: str) -> None:
    """Forget what had been written: it has been sent."""
    unit.session.execute(delete(ParkedForm).where(ParkedForm.token_hash == hash_token(token)))


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

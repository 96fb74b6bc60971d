"""Joining, changing one's name and address. All in the directory."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from app.domains.accounts.factors.operations.passwords import hash_password
from app.domains.accounts.factors.rules import check_password
from app.domains.accounts.people.errors import EmailTakenError, LinkSpentError
from app.domains.accounts.people.events import EmailChangeAsked, EmailChanged, SignUpAsked
from app.domains.accounts.people.models import EmailChange, Person, SignUp
from app.domains.accounts.people.rules import (
    CURRENCIES,
    EMAIL_CHANGE_LIFE,
    SIGN_UP_LIFE,
    UNDO_LIFE,
    check_email,
    check_name,
)
from app.foundation.identifiers import new_id, new_token
from app.foundation.sealing import email_indexes, key_for
from app.foundation.tokens import hash_token
from app.foundation.unit_of_work import UnitOfWork


def register_person(
    unit: UnitOfWork, *, email: str, name: str, password_hash: str, language: str
) -> UUID:
    """Make an account whose address is known to be the person's. Raises EmailTakenError.

    The hash is `hash_password`'s: whoever calls decides what waits for it.
    """
    return _add_person(
        unit, email=email.strip(), name=name, password_hash=password_hash, language=language
    )


def _add_person(
    unit: UnitOfWork, *, email: str, name: str, password_hash: str | None, language: str
) -> UUID:
    person_id = new_id()
    key = key_for(unit, owner=person_id.bytes)
    try:
        unit.session.execute(
            insert(Person).values(
                id=person_id, key_id=key.id, email=key.seal(email),
                **_indexed(email), name=key.seal(name), password_hash=password_hash,
                language=language, created_at=unit.now,
            )
        )  # fmt: skip
    except IntegrityError as error:
        raise EmailTakenError from error
    unit.audit(actor=str(person_id), action="join", object_kind="person", object_id=person_id)
    return person_id


def _indexed(email: str) -> dict[str, bytes | None]:
    """Return what an account is found by: under two keys while they change.

    So the database refuses a second account of an address, whichever key it was written with.
    """
    written, *other = email_indexes(email)
    return {"email_index": written, "other_index": other[0] if other else None}


@dataclass(frozen=True, slots=True)
class Joined:
    """A new account: whose, where they were, and whether a passkey must stand in for a password."""

    person_id: UUID
    next_path: str
    has_password: bool


def ask_to_join(
    unit: UnitOfWork, *, email: str, name: str, password: str | None, language: str, next_path: str
) -> None:
    """Note that somebody wants an account; what follows is written to the address alone.

    Without a password the account is for a passkey, which is made once the address is proved.

    The work is the same whether the address has an account or not.
    Raises EmailInvalidError, NameMissingError, PasswordRefusedError.
    """
    address, called = check_email(email), check_name(name)
    if password is not None:
        check_password(password, words=(address, called), has_second_factor=False)
    sign_up_id = new_id()
    unit.session.execute(
        insert(SignUp).values(
            id=sign_up_id, email=address, email_index=email_indexes(address)[0], name=called,
            password_hash=None if password is None else hash_password(password),
            language=language, next_path=next_path,
            asked_at=unit.now,
        )
    )  # fmt: skip
    unit.record(SignUpAsked(sign_up_id=sign_up_id))


def make_sign_up_link(unit: UnitOfWork, *, sign_up_id: UUID) -> str:
    """Return a new secret that finishes joining; made when the mail is written, kept nowhere."""
    token = new_token()
    unit.session.execute(
        update(SignUp).where(SignUp.id == sign_up_id).values(token_hash=hash_token(token))
    )
    return token


def finish_joining(unit: UnitOfWork, *, token: str) -> Joined:
    """Make the account that a proved address asked for.

    Every other wish of this address ends with it. Raises LinkSpentError, EmailTakenError.
    """
    row = unit.session.execute(
        delete(SignUp)
        .where(SignUp.token_hash == hash_token(token), SignUp.asked_at > unit.now - SIGN_UP_LIFE)
        .returning(SignUp.email, SignUp.name, SignUp.password_hash, SignUp.language,
                   SignUp.next_path)
    ).first()  # fmt: skip
    if row is None:
        raise LinkSpentError
    unit.session.execute(delete(SignUp).where(SignUp.email_index.in_(email_indexes(row.email))))
    person_id = _add_person(
        unit, email=row.email, name=row.name, password_hash=row.password_hash,
        language=row.language,
    )  # fmt: skip
    return Joined(person_id, row.next_path, row.password_hash is not None)


def change_profile(
    unit: UnitOfWork, *, person_id: UUID, name: str, language: str, currency: str
) -> None:
    """Change what a person is called and how pages are shown. Raises NameMissingError."""
    changes = {"language": language, **_seal_person(unit, person_id, name=check_name(name))}
    if currency in CURRENCIES:
        changes["currency"] = currency
    unit.session.execute(update(Person).where(Person.id == person_id).values(**changes))
    unit.audit(
        actor=str(person_id), action="change_profile", object_kind="person", object_id=person_id
    )


def _seal_person(unit: UnitOfWork, person_id: UUID, **changes: str) -> dict[str, Any]:
    """Return a person's sealed columns with changes; all of them, so that one key is for the row."""
    key = key_for(unit, owner=person_id.bytes)
    now = unit.session.execute(
        select(Person.email, Person.name).where(Person.id == person_id)
    ).one()
    written = {"email": now.email, "name": now.name, **changes}
    return {"key_id": key.id, **{name: key.seal(text) for name, text in written.items()}}


def ask_to_change_email(unit: UnitOfWork, *, person_id: UUID, email: str) -> None:
    """Note that a person wants another address; the mails to both say how to go on.

    Whether the new address has an account is told to that address alone.
    Raises EmailInvalidError.
    """
    address, change_id = check_email(email), new_id()
    unit.session.execute(
        delete(EmailChange).where(
            EmailChange.person_id == person_id, EmailChange.finished_at.is_(None)
        )
    )
    old = unit.session.execute(select(Person.email).where(Person.id == person_id)).scalar_one()
    key = key_for(unit, owner=person_id.bytes)
    unit.session.execute(
        insert(EmailChange).values(
            id=change_id, person_id=person_id, key_id=key.id, old_email=key.seal(old),
            new_email=key.seal(address), new_email_index=email_indexes(address)[0],
            asked_at=unit.now,
        )
    )  # fmt: skip
    unit.record(EmailChangeAsked(change_id=change_id))
    unit.audit(
        actor=str(person_id), action="ask_to_change_email", object_kind="person",
        object_id=person_id,
    )  # fmt: skip


def make_email_change_links(unit: UnitOfWork, *, change_id: UUID) -> tuple[str, str]:
    """Return new secrets: one that confirms the change, one that takes it back."""
    confirm, undo = new_token(), new_token()
    unit.session.execute(
        update(EmailChange)
        .where(EmailChange.id == change_id)
        .values(token_hash=hash_token(confirm), undo_hash=hash_token(undo))
    )
    return confirm, undo


def finish_email_change(unit: UnitOfWork, *, token: str) -> UUID:
    """Write a person from now on at the address they confirmed; return the person.

    Raises LinkSpentError, EmailTakenError where the address was taken meanwhile.
    """
    change = unit.session.execute(
        update(EmailChange)
        .where(
            EmailChange.token_hash == hash_token(token), EmailChange.finished_at.is_(None),
            EmailChange.withdrawn_at.is_(None),
            EmailChange.asked_at > unit.now - EMAIL_CHANGE_LIFE,
        )
        .values(finished_at=unit.now, token_hash=None)
        .returning(EmailChange.id, EmailChange.person_id, EmailChange.new_email)
    ).first()  # fmt: skip
    if change is None:
        raise LinkSpentError
    _write_email(unit, change.person_id, change.new_email)
    unit.record(EmailChanged(change_id=change.id))
    return UUID(str(change.person_id))


def take_email_change_back(unit: UnitOfWork, *, token: str) -> UUID:
    """Undo a change from the old address, done or not; return the person. Raises LinkSpentError."""
    change = unit.session.execute(
        update(EmailChange)
        .where(
            EmailChange.undo_hash == hash_token(token), EmailChange.withdrawn_at.is_(None),
            EmailChange.asked_at > unit.now - UNDO_LIFE,
        )
        .values(withdrawn_at=unit.now)
        .returning(EmailChange.person_id, EmailChange.old_email, EmailChange.finished_at)
    ).first()  # fmt: skip
    if change is None:
        raise LinkSpentError
    if change.finished_at:
        _write_email(unit, change.person_id, change.old_email)
    return UUID(str(change.person_id))


def _write_email(unit: UnitOfWork, person_id: UUID, email: str) -> None:
    sealed = _seal_person(unit, person_id, email=email)
    try:
        unit.session.execute(
            update(Person).where(Person.id == person_id).values(**_indexed(email), **sealed)
        )
    except IntegrityError as error:
        raise EmailTakenError from error
    unit.audit(
        actor=str(person_id), action="change_email", object_kind="person", object_id=person_id
    )


def forget_old_wishes(unit: UnitOfWork) -> int:
    """Remove wishes whose links are over: joining after a day, changes of address after seven."""
    cutoffs: tuple[tuple[Any, timedelta], ...] = (
        (SignUp, SIGN_UP_LIFE),
        (EmailChange, UNDO_LIFE),
    )
    removed = [
        unit.session.execute(
            delete(table).where(table.asked_at < unit.now - life).returning(table.id)
        ).all()
        for table, life in cutoffs
    ]
    return sum(len(rows) for rows in removed)

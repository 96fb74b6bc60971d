"""Reading people and their open wishes."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.domains.accounts.people.models import EmailChange, Person, SignUp
from app.domains.accounts.people.rules import EMAIL_CHANGE_LIFE
from app.foundation.errors import NotFoundError
from app.foundation.sealing import email_indexes
from app.foundation.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """A person as they see themselves."""

    id: UUID
    email: str
    name: str
    language: str
    currency: str
    has_password: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class SignUpRecord:
    """A wish to join; `is_known` where the address has an account already."""

    id: UUID
    email: str
    name: str
    language: str
    is_known: bool


@dataclass(frozen=True, slots=True)
class EmailChangeRecord:
    """A wish for another address; `is_taken` where the new one has an account already."""

    id: UUID
    person_id: UUID
    old_email: str
    new_email: str
    name: str
    language: str
    is_taken: bool


def find_person_id(unit: UnitOfWork, *, email: str) -> UUID | None:
    """Return the person with an e-mail address."""
    return unit.session.execute(
        select(Person.id).where(Person.email_index.in_(email_indexes(email)))
    ).scalar_one_or_none()


def get_person(unit: UnitOfWork, person_id: UUID) -> PersonRecord:
    """Return a person. Raises NotFoundError."""
    row = unit.session.execute(
        select(Person.id, Person.email, Person.name, Person.language, Person.currency,
               Person.password_hash, Person.created_at).where(Person.id == person_id)
    ).first()  # fmt: skip
    if row is None:
        raise NotFoundError
    return PersonRecord(
        row.id, row.email, row.name, row.language, row.currency, row.password_hash is not None,
        row.created_at,
    )  # fmt: skip


def find_sign_up(unit: UnitOfWork, sign_up_id: UUID) -> SignUpRecord | None:
    """Return a wish to join, for the mail that follows it."""
    row = unit.session.execute(
        select(SignUp.id, SignUp.email, SignUp.name, SignUp.language)
        .where(SignUp.id == sign_up_id)
    ).first()  # fmt: skip
    if row is None:
        return None
    return SignUpRecord(*row, is_known=find_person_id(unit, email=row.email) is not None)


def find_email_change(unit: UnitOfWork, change_id: UUID) -> EmailChangeRecord | None:
    """Return a wish for another address, for the mails that follow it."""
    row = unit.session.execute(
        select(EmailChange.id, EmailChange.person_id, EmailChange.old_email,
               EmailChange.new_email, Person.name, Person.language)
        .join(Person, Person.id == EmailChange.person_id)
        .where(EmailChange.id == change_id)
    ).first()  # fmt: skip
    if row is None:
        return None
    holder = find_person_id(unit, email=row.new_email)
    return EmailChangeRecord(*row, is_taken=holder not in {None, row.person_id})


def find_open_email_change(unit: UnitOfWork, *, person_id: UUID) -> str | None:
    """Return the address that a person asked for and has not confirmed yet."""
    return unit.session.execute(
        select(EmailChange.new_email).where(
            EmailChange.person_id == person_id, EmailChange.finished_at.is_(None),
            EmailChange.withdrawn_at.is_(None),
            EmailChange.asked_at > unit.now - EMAIL_CHANGE_LIFE,
        )
    ).scalar_one_or_none()  # fmt: skip

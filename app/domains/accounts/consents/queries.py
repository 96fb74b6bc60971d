"""Reading what people agreed to on the platform."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.domains.accounts.consents.models import PersonConsent
from app.domains.accounts.consents.rules import Purpose
from app.foundation.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class ConsentRecord:
    """One answer: to what, which wording, yes or no, where and when."""

    purpose: Purpose
    is_given: bool
    wording: str
    place: str
    happened_at: datetime


def list_consents(unit: UnitOfWork, *, person_id: UUID) -> list[ConsentRecord]:
    """Return all of a person's answers, newest first."""
    rows = unit.session.execute(
        select(PersonConsent.purpose, PersonConsent.is_given, PersonConsent.wording,
               PersonConsent.place, PersonConsent.happened_at)
        .where(PersonConsent.person_id == person_id)
        .order_by(PersonConsent.happened_at.desc(), PersonConsent.id.desc())
    )  # fmt: skip
    return [ConsentRecord(Purpose(row.purpose), *row[1:]) for row in rows]


def has_agreed(unit: UnitOfWork, *, person_id: UUID, purpose: Purpose) -> bool:
    """Whether a person's newest answer is yes; without an answer it is no."""
    newest = unit.session.execute(
        select(PersonConsent.is_given)
        .where(PersonConsent.person_id == person_id, PersonConsent.purpose == purpose.value)
        .order_by(PersonConsent.happened_at.desc(), PersonConsent.id.desc())
        .limit(1)
    ).scalar_one_or_none()
    return bool(newest)

"""Writing answers down. Nothing is ever changed: an answer is followed by another."""

from uuid import UUID

from sqlalchemy import insert

from app.domains.accounts.consents.models import PersonConsent
from app.domains.accounts.consents.queries import has_agreed
from app.domains.accounts.consents.rules import WORDING, Purpose
from app.foundation.identifiers import new_id
from app.foundation.unit_of_work import UnitOfWork


def answer_question(
    unit: UnitOfWork, *, person_id: UUID, purpose: Purpose, is_given: bool, place: str
) -> bool:
    """Note a yes or a no with the wording that was shown; False where it is no news.

    `place` is the face or page on which the person answered.
    """
    if has_agreed(unit, person_id=person_id, purpose=purpose) == is_given:
        return False
    unit.session.execute(
        insert(PersonConsent).values(
            id=new_id(), person_id=person_id, purpose=purpose.value, is_given=is_given,
            wording=WORDING, place=place, happened_at=unit.now,
        )
    )  # fmt: skip
    unit.audit(
        actor=str(person_id), action="answer_question", object_kind="person", object_id=person_id,
        purpose=purpose.value, now=is_given,
    )  # fmt: skip
    return True

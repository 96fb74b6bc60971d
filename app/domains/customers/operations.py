"""Making customers, and writing down what they agree to with this shop."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import insert, literal_column
from sqlalchemy.dialects.postgresql import insert as upsert

from app.domains.customers.events import CustomerMade
from app.domains.customers.models import Customer, CustomerConsent
from app.domains.customers.queries import has_agreed
from app.domains.customers.rules import WORDING, ShopPurpose
from app.foundation.identifiers import new_id
from app.foundation.sealing import email_indexes, key_for_address
from app.foundation.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Buyer:
    """A signed-in person who deals with a shop; what the shop learns is what they give it here."""

    person_id: UUID
    name: str
    email: str
    language: str


def ensure_customer(unit: UnitOfWork, *, buyer: Buyer) -> UUID:
    """Return the shop's customer for a person, made at the first dealing, else brought up to date."""
    index, key = email_indexes(buyer.email)[0], key_for_address(unit, email=buyer.email)
    given = {
        "key_id": key.id,
        "email": key.seal(buyer.email), "email_index": index,
        "name": key.seal(buyer.name), "language": buyer.language, "changed_at": unit.now,
    }  # fmt: skip
    row: Any = unit.session.execute(
        upsert(Customer)
        .values(id=new_id(), person_id=buyer.person_id, created_at=unit.now, **given)
        .on_conflict_do_update(index_elements=["person_id"], set_=given)
        .returning(Customer.id, literal_column("(xmax = 0)").label("is_new"))
    ).one()
    if row.is_new:
        unit.record(CustomerMade(customer_id=row.id, person_id=buyer.person_id))
        unit.audit(
            actor=str(buyer.person_id), action="make_customer", object_kind="customer",
            object_id=row.id,
        )  # fmt: skip
    customer_id: UUID = row.id
    return customer_id


def answer_question(
    unit: UnitOfWork, *, customer_id: UUID, purpose: ShopPurpose, is_given: bool, place: str,
    actor: str,
) -> bool:  # fmt: skip
    """Note a yes or a no with the wording that was shown; False where it is no news.

    `place` is the page on which the customer answered.
    """
    if has_agreed(unit, customer_id=customer_id, purpose=purpose) == is_given:
        return False
    unit.session.execute(
        insert(CustomerConsent).values(
            id=new_id(), customer_id=customer_id, purpose=purpose.value, is_given=is_given,
            wording=WORDING, place=place, happened_at=unit.now,
        )
    )  # fmt: skip
    unit.audit(
        actor=actor, action="answer_question", object_kind="customer", object_id=customer_id,
        purpose=purpose.value, now=is_given,
    )  # fmt: skip
    return True

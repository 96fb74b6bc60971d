"""Reading a shop's own customers."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from app.domains.customers.models import Customer, CustomerConsent
from app.domains.customers.rules import ShopPurpose
from app.foundation.errors import NotFoundError
from app.foundation.models import SealingKey
from app.foundation.sealing import email_indexes
from app.foundation.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class CustomerRecord:
    """A customer as their shop knows them."""

    id: UUID
    name: str
    email: str
    language: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ShopConsentRecord:
    """One answer: to what, which wording, yes or no, where and when."""

    purpose: ShopPurpose
    is_given: bool
    wording: str
    place: str
    happened_at: datetime


@dataclass(frozen=True, slots=True)
class NamedCustomer:
    """What a customer is called in this shop, for lists that speak of many."""

    id: UUID
    person_id: UUID
    name: str


_COLUMNS = (Customer.id, Customer.name, Customer.email, Customer.language, Customer.created_at)


def _record(row: Any) -> CustomerRecord:
    return CustomerRecord(row.id, row.name or "", row.email or "", row.language, row.created_at)


def has_customer_under(unit: UnitOfWork, *, owner: bytes) -> bool:
    """Whether a customer stands under an address's blind index, or is sealed with its key."""
    keys = select(SealingKey.id).where(SealingKey.owner == owner)
    theirs = (Customer.email_index == owner) | Customer.key_id.in_(keys)
    query = select(Customer.id).where(theirs).limit(1)
    return unit.session.execute(query).first() is not None


def find_customer_id(unit: UnitOfWork, *, person_id: UUID) -> UUID | None:
    """Return the id under which this shop knows a person."""
    return unit.session.execute(
        select(Customer.id).where(Customer.person_id == person_id)
    ).scalar_one_or_none()


def get_customer(unit: UnitOfWork, *, customer_id: UUID) -> CustomerRecord:
    """Return one of the shop's customers. Raises NotFoundError."""
    row = unit.session.execute(select(*_COLUMNS).where(Customer.id == customer_id)).first()
    if row is None:
        raise NotFoundError
    return _record(row)


def list_customers(
    unit: UnitOfWork, *, email: str = "", page: int = 1, page_size: int = 50
) -> list[CustomerRecord]:
    """Return the shop's customers, newest first, one more than a page; or who has an address.

    Names and addresses are sealed, so that only a whole address finds its customer.
    """
    query = select(*_COLUMNS).order_by(Customer.created_at.desc(), Customer.id.desc())
    if email:
        query = query.where(Customer.email_index.in_(email_indexes(email)))
    rows = unit.session.execute(query.limit(page_size + 1).offset((page - 1) * page_size))
    return [_record(row) for row in rows]


def list_named_customers(
    unit: UnitOfWork, *, customer_ids: Collection[UUID], person_ids: Collection[UUID]
) -> list[NamedCustomer]:
    """Return those of the shop's customers who have one of these ids, here or as a person."""
    rows = unit.session.execute(
        select(Customer.id, Customer.person_id, Customer.name).where(
            or_(Customer.id.in_(customer_ids), Customer.person_id.in_(person_ids))
        )
    )
    return [NamedCustomer(row.id, row.person_id, row.name or "") for row in rows]


def list_shop_consents(unit: UnitOfWork, *, customer_id: UUID) -> list[ShopConsentRecord]:
    """Return all of a customer's answers to this shop, newest first."""
    rows = unit.session.execute(
        select(CustomerConsent.purpose, CustomerConsent.is_given, CustomerConsent.wording,
               CustomerConsent.place, CustomerConsent.happened_at)
        .where(CustomerConsent.customer_id == customer_id)
        .order_by(CustomerConsent.happened_at.desc(), CustomerConsent.id.desc())
    )  # fmt: skip
    return [ShopConsentRecord(ShopPurpose(row.purpose), *row[1:]) for row in rows]


def has_agreed(unit: UnitOfWork, *, customer_id: UUID, purpose: ShopPurpose) -> bool:
    """Whether a customer's newest answer is yes; without an answer it is no."""
    newest = unit.session.execute(
        select(CustomerConsent.is_given)
        .where(CustomerConsent.customer_id == customer_id, CustomerConsent.purpose == purpose.value)
        .order_by(CustomerConsent.happened_at.desc(), CustomerConsent.id.desc())
        .limit(1)
    ).scalar_one_or_none()
    return bool(newest)

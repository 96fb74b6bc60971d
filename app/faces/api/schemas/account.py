"""A person's own account, as their programs see it."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from app.domains.accounts.addresses.queries import AddressRecord
from app.domains.accounts.people.queries import PersonRecord
from app.domains.accounts.sessions.queries import SignInSession
from app.domains.orders.queries import OrderRecord
from app.domains.orders.rules import FulfilmentStanding, PaymentStanding
from app.faces.api.schemas.checkouts import Address
from app.faces.api.schemas.common import Amount, Parameters, Wanted

MOST_PAGES = 1000
Language = Literal["en", "de", "fr"]
Currency = Literal["EUR", "CHF", "GBP", "USD"]
PersonsName = Annotated[
    str,
    StringConstraints(
        min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]*\S[^\x00-\x1f\x7f]*$"
    ),
]


class Account(BaseModel):
    """Who the key's maker is."""

    email: str
    name: str
    language: str
    currency: str = Field(description="What the person prefers; a shop sells in its own")
    created_at: datetime

    @classmethod
    def of(cls, person: PersonRecord) -> "Account":
        """Return a person as they see themselves."""
        return cls(
            email=person.email, name=person.name, language=person.language,
            currency=person.currency, created_at=person.created_at,
        )  # fmt: skip


class AccountChanges(Wanted):
    """What changes; what is left out stays."""

    name: PersonsName | None = None
    language: Language | None = None
    currency: Currency | None = None


class Session(BaseModel):
    """Where the person is signed in."""

    id: UUID
    browser: str
    address: str = Field(description="The connection's own, when it began")
    hosts: list[str]
    began_at: datetime
    seen_at: datetime

    @classmethod
    def of(cls, session: SignInSession) -> "Session":
        """Return a sign-in that goes on."""
        return cls(
            id=session.id, browser=session.agent, address=session.address,
            hosts=list(session.hosts), began_at=session.began_at, seen_at=session.seen_at,
        )  # fmt: skip


class SessionList(BaseModel):
    """Where the person is signed in, the latest in use first."""

    sessions: list[Session]


class SessionPath(BaseModel):
    """Which sign-in."""

    session_id: UUID


class KeptAddress(BaseModel):
    """An address that the person keeps."""

    id: UUID
    is_default: bool = Field(description="Whether it is used before the others")
    address: dict[str, str] = Field(description="By the names of /countries/{country} of a shop")

    @classmethod
    def of(cls, record: AddressRecord) -> "KeptAddress":
        """Return an address that the person keeps."""
        return cls(id=record.id, is_default=record.is_default, address=record.fields)


class KeptAddressList(BaseModel):
    """The addresses that the person keeps, the one used first before the others."""

    addresses: list[KeptAddress]


class AddressWanted(Wanted):
    """An address to keep."""

    address: Address

    def fields_written(self) -> dict[str, Any]:
        """Return the address by field names."""
        return self.address.model_dump()


class AddressPath(BaseModel):
    """Which of the addresses."""

    address_id: UUID


class PageQuery(Parameters, Wanted):
    """Which page of a list."""

    page: int = Field(default=1, ge=1, le=MOST_PAGES)


class OrderSummary(BaseModel):
    """An order in a list."""

    id: UUID
    number: str
    payment_state: PaymentStanding
    fulfilment_state: FulfilmentStanding
    total: Amount
    placed_at: datetime
    confirmed_at: datetime | None

    @classmethod
    def of(cls, order: OrderRecord) -> "OrderSummary":
        """Return an order as lists show it."""
        return cls(
            id=order.id, number=order.number, payment_state=order.payment_state,
            fulfilment_state=order.fulfilment_state, total=Amount.of(order.total),
            placed_at=order.placed_at, confirmed_at=order.confirmed_at,
        )  # fmt: skip


class OrderList(BaseModel):
    """A page of orders, newest first."""

    orders: list[OrderSummary]
    page: int
    has_next: bool

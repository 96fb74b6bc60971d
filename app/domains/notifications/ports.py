"""What notifications need from outside: someone who writes a mail, and someone who sends it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

from app.domains.orders.operations import Contact
from app.domains.orders.queries import LineRecord, OrderRecord
from app.foundation.database import ShopScope
from app.foundation.money import Money


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail, written and ready to be sent; `message_id` is the same each time it is sent."""

    to: str
    subject: str
    text: str
    html: str
    message_id: str
    sender_name: str


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """What the mail about an order is made of; `token` opens the order's page."""

    scope: ShopScope
    order: OrderRecord
    lines: list[LineRecord]
    contact: Contact
    token: str


@dataclass(frozen=True, slots=True)
class ParcelFacts:
    """A parcel: who carries it, its number there, and how many of which line are in it."""

    order: OrderFacts
    carrier: str
    tracking_number: str
    pieces: dict[int, int]
    shipment_id: UUID


@dataclass(frozen=True, slots=True)
class RefundFacts:
    """Money that went back to the buyer."""

    order: OrderFacts
    amount: Money
    refund_id: UUID


@dataclass(frozen=True, slots=True)
class AccountLetter:
    """A mail to a person about their account; `path` is the marketplace's page that it leads to.

    Which words belong to a `kind` stands in app/faces/shared/account_letters.
    """

    kind: str
    subject_id: UUID
    to: str
    name: str
    language: str
    path: str
    facts: Mapping[str, Any] = field(default_factory=dict)


class MailWriter(Protocol):
    """Writes mails in the reader's language."""

    def order_confirmed(self, facts: OrderFacts) -> Mail:
        """Write: your order stands."""

    def parcel_sent(self, facts: ParcelFacts) -> Mail:
        """Write: your parcel is on its way."""

    def money_returned(self, facts: RefundFacts) -> Mail:
        """Write: money goes back to you."""

    def account_letter(self, letter: AccountLetter) -> Mail:
        """Write to a person about their account."""


class Mailer(Protocol):
    """Sends mails."""

    def send(self, mail: Mail) -> None:
        """Send a mail. Raises OSError where it could not be handed over; then try again."""

"""Reading a checkout: what the buyer told, and what it costs."""

import json
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, select

from app.domains.cart.queries import CartRecord
from app.domains.catalog.offers.queries import Offer, list_offers
from app.domains.checkout.errors import CartEmptyError
from app.domains.checkout.models import Checkout
from app.domains.fulfilment.queries import ShippingChoice, list_shipping_choices
from app.domains.pricing.rules import Quote, QuoteLine, make_quote
from app.foundation.money import Money, total
from app.foundation.unit_of_work import UnitOfWork

BESIDE = Checkout.shipping_option_id, Checkout.order_id, Checkout.fingerprint
"""What stands beside the sealed details, in the order of CheckoutRecord."""


@dataclass(frozen=True, slots=True)
class Details:
    """Who orders and where it goes."""

    email: str = ""
    address: dict[str, str] = field(default_factory=dict)
    wants_news: bool = False


@dataclass(frozen=True, slots=True)
class CheckoutRecord:
    """What the buyer has told us so far."""

    cart_id: UUID
    details: Details
    shipping_option_id: UUID | None
    order_id: UUID | None
    fingerprint: str

    @property
    def has_address(self) -> bool:
        """Whether contact and address are given."""
        return bool(self.details.email and self.details.address)


def find_checkout(unit: UnitOfWork, *, cart_id: UUID, for_update: bool = False) -> CheckoutRecord:
    """Return a basket's checkout, an empty one where nothing has been told yet."""
    found = unit.connection.execute(_checkout_of(is_locked=for_update), {"asked": cart_id})
    row = found.first()
    return _record(row) if row else CheckoutRecord(cart_id, Details(), None, None, "")


@lru_cache(maxsize=2)
def _checkout_of(*, is_locked: bool) -> Any:
    """Return the statement, built once: every step of a checkout sends it."""
    statement = select(Checkout.cart_id, Checkout.details, *BESIDE).where(
        Checkout.cart_id == bindparam("asked")
    )
    return statement.with_for_update() if is_locked else statement


def _record(row: Any) -> CheckoutRecord:
    cart_id, details, *rest = row
    told = json.loads(details) if details else {}
    return CheckoutRecord(cart_id, Details(**told), *rest)


@dataclass(frozen=True, slots=True)
class Quotation:
    """A basket at the checkout: what it costs, how it may be shipped, what is missing."""

    offers: dict[UUID, Offer]
    quote: Quote
    choices: list[ShippingChoice]
    chosen: ShippingChoice | None


def quote_checkout(
    unit: UnitOfWork, *, cart: CartRecord, checkout: CheckoutRecord, currency: str, language: str
) -> Quotation:
    """Quote a basket for what the buyer told us. Raises CartEmptyError."""
    offers = list_offers(unit, variant_ids=cart.quantities, currency=currency, language=language)
    lines = [
        QuoteLine(entry.variant_id, entry.quantity, offer.price, offer.is_taxable)
        for entry in cart.entries
        if (offer := offers.get(entry.variant_id))
    ]
    if not lines:
        raise CartEmptyError
    address = checkout.details.address
    country = address.get("country_code", "")
    subtotal = total((line.total for line in lines), currency)
    choices = (
        list_shipping_choices(unit, country=country, subtotal=subtotal, language=language)
        if country
        else []
    )
    chosen = next((c for c in choices if c.id == checkout.shipping_option_id), None)
    quote = make_quote(
        lines=lines, shipping=chosen.price if chosen else Money(0, currency), country=country,
        postcode=address.get("postal_code", ""),
    )  # fmt: skip
    return Quotation(offers, quote, choices, chosen)


def find_cart_id_of_order(unit: UnitOfWork, *, order_id: UUID) -> UUID | None:
    """Return the basket that an order came from."""
    return unit.connection.execute(_cart_of_order(), {"asked": order_id}).scalar_one_or_none()


@lru_cache(maxsize=1)
def _cart_of_order() -> Select[UUID]:
    return select(Checkout.cart_id).where(Checkout.order_id == bindparam("asked"))

"""Where an order goes, how, and what it costs."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.domains.accounts.addresses.rules import AddressField
from app.domains.checkout.queries import CheckoutRecord, Quotation
from app.domains.fulfilment.queries import ShippingChoice
from app.faces.api.schemas.common import Amount, Line, Wanted

CountryCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]


class Address(Wanted):
    """An address; which fields a country has is said by /countries/{country}."""

    name: Line
    company_name: Line = ""
    street_address: Line = ""
    postal_code: Line = ""
    city: Line = ""
    city_area: Line = ""
    country_area: Line = ""
    country_code: CountryCode = Field(description="ISO 3166")


class DetailsWanted(Wanted):
    """Who orders and where it goes."""

    email: Annotated[str, StringConstraints(min_length=3, max_length=254, pattern=r"^[^\x00]*$")]
    address: Address


class ShippingWanted(Wanted):
    """The way to ship, from those that the checkout offers."""

    shipping_option_id: UUID


class OrderWanted(Wanted):
    """The quote that the buyer agreed to."""

    fingerprint: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] = Field(
        description="The quote's own"
    )


class ShippingOption(BaseModel):
    """A way to ship, with its price for this basket, in working days."""

    id: UUID
    name: str
    price: Amount
    days_least: int
    days_most: int

    @classmethod
    def of(cls, choice: ShippingChoice) -> "ShippingOption":
        """Return a way to ship."""
        return cls(
            id=choice.id,
            name=choice.name,
            price=Amount.of(choice.price),
            days_least=choice.days_least,
            days_most=choice.days_most,
        )


class TaxPart(BaseModel):
    """The tax at one rate that the total includes."""

    percent: str = Field(description="Exact, such as 25.5")
    amount: Amount


class Quote(BaseModel):
    """What the buyer pays: the subtotal and the shipping; tax is inside both."""

    subtotal: Amount
    shipping: Amount
    tax: Amount
    tax_parts: list[TaxPart]
    total: Amount
    fingerprint: str = Field(description="Stands for this quote when the order is placed")


class Checkout(BaseModel):
    """What the buyer has told so far, what is offered, and what it costs."""

    email: str
    address: dict[str, str]
    shipping_options: list[ShippingOption]
    shipping_option_id: UUID | None
    quote: Quote
    is_ready: bool = Field(description="Whether the order can be placed")

    @classmethod
    def of(cls, told: CheckoutRecord, quotation: Quotation) -> "Checkout":
        """Return a checkout as it stands now."""
        quote = quotation.quote
        return cls(
            email=told.details.email,
            address=told.details.address,
            shipping_options=[ShippingOption.of(choice) for choice in quotation.choices],
            shipping_option_id=quotation.chosen.id if quotation.chosen else None,
            quote=Quote(
                subtotal=Amount.of(quote.subtotal),
                shipping=Amount.of(quote.shipping),
                tax=Amount.of(quote.tax),
                tax_parts=[
                    TaxPart(percent=f"{part.percent:f}", amount=Amount.of(part.amount))
                    for part in quote.tax_lines
                ],
                total=Amount.of(quote.total),
                fingerprint=quote.fingerprint(),
            ),
            is_ready=told.has_address and quotation.chosen is not None,
        )


class CountryPath(BaseModel):
    """Which country."""

    country: CountryCode


class CountryList(BaseModel):
    """The countries that the shop ships to (ISO 3166), sorted."""

    countries: list[str]


class FieldOfAddress(BaseModel):
    """A field that a country's addresses have, under its own name for it."""

    model_config = ConfigDict(title="AddressField")

    name: str
    label: str
    is_required: bool
    choices: list[str] = Field(description="Where only these are possible")

    @classmethod
    def of(cls, field: AddressField) -> "FieldOfAddress":
        """Return a field in the reader's language."""
        return cls(
            name=field.name,
            label=str(field.label),
            is_required=field.is_required,
            choices=[code for code, _ in field.choices],
        )


class Country(BaseModel):
    """How addresses of a country are written."""

    country_code: str
    fields: list[FieldOfAddress]

"""Orders and their payment."""

from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import BaseModel, Field

from app.domains.accounts.challenges.rules import LONGEST_ANSWER
from app.domains.orders.queries import LineRecord, OrderRecord
from app.domains.orders.rules import FulfilmentStanding, PaymentStanding
from app.faces.api.schemas.carts import Token
from app.faces.api.schemas.common import Amount, Parameters, Picture


class OrderPath(BaseModel):
    """Which order."""

    order: Token = Field(description="The order's secret")


class ChallengeAnswer(Parameters):
    """The answer to the challenge that a problem brought."""

    answer: str = Field(
        default="", alias="Challenge-Answer", max_length=LONGEST_ANSWER, pattern="^[!-~]*$",
        description="For kind `work`: base64 of the JSON {challenge, solution} that a library of"
        " ALTCHA makes of `task`. For `turnstile`: the token of Cloudflare's widget, whose site key"
        " is `task` and whose action is `payment`.",
    )  # fmt: skip


class PlacedOrder(BaseModel):
    """An order that waits for its payment; its pieces are held for 15 minutes."""

    token: str = Field(description="Its secret, and its address")
    number: str = Field(description="What a person can read out: K7QF-2M9P")
    total: Amount


class Payment(BaseModel):
    """What a payment field of the provider needs. Card data never comes here."""

    provider: str = "stripe"
    client_secret: str
    publishable_key: str
    amount: Amount


class OrderLine(BaseModel):
    """A line as sold."""

    variant_id: UUID
    title: str
    variant_title: str
    sku: str
    picture: Picture | None
    quantity: int
    unit_price: Amount
    total: Amount

    @classmethod
    def of(cls, line: LineRecord) -> Self:
        """Return a line as sold."""
        return cls(
            variant_id=line.variant_id,
            title=line.title,
            variant_title=line.variant_title,
            sku=line.sku,
            picture=Picture.of(line.picture),
            quantity=line.quantity,
            unit_price=Amount.of(line.unit_price),
            total=Amount.of(line.total),
        )


class Order(BaseModel):
    """An order as it stands. Who ordered and where it goes is not said here."""

    number: str
    payment_state: PaymentStanding
    fulfilment_state: FulfilmentStanding
    is_payment_failed: bool = Field(description="Whether the payment may be tried again")
    needs_challenge: bool = Field(
        description="Whether the payment begins with a challenge, for cards were declined"
    )
    lines: list[OrderLine]
    subtotal: Amount
    shipping: Amount
    tax: Amount
    total: Amount
    placed_at: datetime
    confirmed_at: datetime | None
    page_url: str = Field(description="The order's page for people")

    @classmethod
    def of(
        cls,
        order: OrderRecord,
        lines: list[LineRecord],
        *,
        is_failed: bool,
        needs_challenge: bool,
        page_url: str,
    ) -> Self:
        """Return an order as it stands."""
        return cls(
            number=order.number,
            payment_state=order.payment_state,
            fulfilment_state=order.fulfilment_state,
            is_payment_failed=is_failed,
            needs_challenge=needs_challenge,
            lines=[OrderLine.of(line) for line in lines],
            subtotal=Amount.of(order.subtotal),
            shipping=Amount.of(order.shipping),
            tax=Amount.of(order.tax),
            total=Amount.of(order.total),
            placed_at=order.placed_at,
            confirmed_at=order.confirmed_at,
            page_url=page_url,
        )

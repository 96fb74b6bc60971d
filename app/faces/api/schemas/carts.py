"""Baskets."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from app.domains.cart.queries import CartLineView, CartView, Notice
from app.domains.cart.rules import MOST_LINES, MOST_OF_ONE
from app.faces.api.schemas.common import Amount, Picture, Wanted

Token = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[\w-]+$")]
"""A secret that is part of an address."""


class CartPath(BaseModel):
    """Which basket."""

    cart: Token = Field(description="The basket's secret")


class CartLinePath(CartPath):
    """Which line of which basket."""

    variant_id: UUID


class LineWanted(Wanted):
    """So many of a variant."""

    variant_id: UUID
    quantity: int = Field(default=1, ge=1, le=MOST_OF_ONE)


class CartWanted(Wanted):
    """A new basket; with lines, or empty."""

    lines: list[LineWanted] = Field(default=[], max_length=MOST_LINES)


class QuantityWanted(Wanted):
    """How many there shall be; 0 removes the line."""

    quantity: int = Field(ge=0, le=MOST_OF_ONE)


class CartLine(BaseModel):
    """A line of a basket. One that is gone has no price."""

    variant_id: UUID
    product: str = Field(description="The product's handle")
    title: str
    variant_title: str
    picture: Picture | None
    quantity: int
    unit_price: Amount | None
    total: Amount | None
    notice: Notice = Field(description="gone: cannot be bought; few: less is free than is wanted")

    @classmethod
    def of(cls, line: CartLineView) -> "CartLine":
        """Return a line as it stands now."""
        return cls(
            variant_id=line.variant_id,
            product=line.handle,
            title=line.title,
            variant_title=line.variant_title,
            picture=Picture.of(line.picture),
            quantity=line.quantity,
            unit_price=Amount.of_some(line.unit_price),
            total=Amount.of_some(line.total),
            notice=line.notice,
        )


class Cart(BaseModel):
    """A basket: kept for 30 days after it was last changed."""

    token: str = Field(description="Its secret, and its address")
    lines: list[CartLine]
    subtotal: Amount
    can_be_bought: bool

    @classmethod
    def of(cls, token: str, view: CartView) -> "Cart":
        """Return a basket as it stands now."""
        return cls(
            token=token,
            lines=[CartLine.of(line) for line in view.lines],
            subtotal=Amount.of(view.subtotal),
            can_be_bought=view.can_be_bought,
        )

"""Types that several calls share."""

from functools import cache
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.faces.shared.pictures import picture_widths, rendition_url
from app.foundation.money import Money

_NO_NUL = r"^[^\x00]*$"
Line = Annotated[str, StringConstraints(max_length=200, pattern=_NO_NUL)]
"""A text a person wrote, up to 200 characters."""


class Wanted(BaseModel):
    """The body of a call; what it does not know is refused."""

    model_config = ConfigDict(extra="forbid")


class Parameters(BaseModel):
    """What a call reads from its query or its headers.

    The framework asks for the schema with every request, so it is written once.
    """

    @classmethod
    def model_json_schema(cls, *given: Any, **named: Any) -> dict[str, Any]:
        """Return the schema; one that is asked for in no special form is always the same object."""
        return super().model_json_schema(*given, **named) if given or named else _schema_of(cls)


@cache
def _schema_of(model: type[Parameters]) -> dict[str, Any]:
    return super(Parameters, model).model_json_schema()


class Amount(BaseModel):
    """Money: whole minor units (cents; yen have none) of a currency."""

    amount: int
    currency: str = Field(description="ISO 4217")

    @classmethod
    def of(cls, money: Money) -> "Amount":
        """Return an amount as the API writes it."""
        return cls(amount=money.amount, currency=money.currency)

    @classmethod
    def of_some(cls, money: Money | None) -> "Amount | None":
        """Return an amount, or None where there is none."""
        return None if money is None else cls.of(money)


class Rendition(BaseModel):
    """A picture in one width, in pixels."""

    width: int
    url: str


class Picture(BaseModel):
    """A picture with its text for those who cannot see it; addresses are whole, on a host of pictures."""

    alt: str
    width: int
    height: int
    renditions: list[Rendition]

    @classmethod
    def of(cls, facts: dict[str, Any] | None) -> "Picture | None":
        """Return a picture from what read models keep of it."""
        if facts is None:
            return None
        return cls(
            alt=facts["alt"],
            width=facts["width"],
            height=facts["height"],
            renditions=[
                Rendition(width=width, url=rendition_url(facts, width))
                for width in picture_widths(facts)
            ],
        )

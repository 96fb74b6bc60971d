"""Shops of the marketplace."""

from pydantic import BaseModel, Field


class Shop(BaseModel):
    """A shop that is open."""

    slug: str
    name: str
    kind: str = Field(description="maker, box or house")
    country: str
    currency: str
    language: str = Field(description="Its own; all are served in English, German and French")
    url: str = Field(description="Its storefront")
    api_url: str = Field(description="Its part of this API")


class ShopList(BaseModel):
    """The shops that are open, by name."""

    shops: list[Shop]

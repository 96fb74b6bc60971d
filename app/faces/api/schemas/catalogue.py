"""Products, in lists and whole."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from app.domains.catalog.collections.queries import CollectionRecord
from app.domains.catalog.queries import ProductRecord, VariantRecord
from app.domains.inventory.queries import NOTHING, Availability
from app.domains.search.queries import Card, Sorting
from app.faces.api.schemas.common import Amount, Parameters, Picture
from app.foundation.money import LARGEST_AMOUNT

MOST_PAGES = 1000
Price = Annotated[int, Field(ge=0, le=LARGEST_AMOUNT)]


class ProductQuery(Parameters):
    """Which products; prices in minor units of the shop's currency, tax included."""

    q: Annotated[str, StringConstraints(max_length=100, pattern=r"^[^\x00]*$")] = Field(
        default="", description="Words, or the beginnings of words"
    )
    collection: Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00]*$")] = ""
    price_from: Price | None = None
    price_to: Price | None = None
    available: bool = Field(default=False, description="Only what can be bought now")
    sort: Sorting = Sorting.RELEVANCE
    page: int = Field(default=1, ge=1, le=MOST_PAGES)


class ProductPath(BaseModel):
    """Which product."""

    handle: Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00]*$")]


class ProductSummary(BaseModel):
    """A product in a list."""

    id: UUID
    handle: str
    title: str
    vendor: str
    price: Amount = Field(description="The lowest of its variants, tax included")
    compare_at: Amount | None
    has_price_range: bool
    is_available: bool
    picture: Picture | None

    @classmethod
    def of(cls, card: Card) -> "ProductSummary":
        """Return a product as lists show it."""
        return cls(
            id=card.product_id,
            handle=card.handle,
            title=card.title,
            vendor=card.vendor,
            price=Amount.of(card.price),
            compare_at=Amount.of_some(card.compare_at),
            has_price_range=card.has_price_range,
            is_available=card.is_available,
            picture=Picture.of(card.picture),
        )


class ProductList(BaseModel):
    """A page of products."""

    products: list[ProductSummary]
    page: int
    pages: int
    total: int = Field(description="How many there are; counting stops at 1,000")


class Option(BaseModel):
    """What a buyer chooses, such as the metal, with the choices' names in order."""

    name: str
    values: list[str]


class Variant(BaseModel):
    """A product as it is put into a basket; without a price it is not sold."""

    id: UUID
    title: str
    choices: list[str]
    sku: str
    price: Amount | None
    compare_at: Amount | None
    availability: Literal["in_stock", "sold_out"]


class Product(BaseModel):
    """A product with everything its page says, in the reader's language."""

    id: UUID
    handle: str
    title: str
    description_html: str = Field(description="Safe to show: scripts and styles are taken out")
    vendor: str
    product_type: str
    tags: list[str]
    collections: list[str]
    options: list[Option]
    variants: list[Variant]
    pictures: list[Picture]

    @classmethod
    def of(
        cls, product: ProductRecord, stock: dict[UUID, Availability], language: str
    ) -> "Product":
        """Return a product in `language`, with what can be bought of it."""
        title, body = product.in_language(language)
        return cls(
            id=product.id,
            handle=product.handle,
            title=title,
            description_html=body,
            vendor=product.vendor,
            product_type=product.product_type,
            tags=list(product.tags),
            collections=list(product.collections),
            options=_options(product, language),
            variants=[_variant(product, variant, stock, language) for variant in product.variants],
            pictures=[
                shown for picture in product.pictures if (shown := Picture.of(picture.facts))
            ],
        )


def _options(product: ProductRecord, language: str) -> list[Option]:
    return [
        Option(
            name=name,
            values=list(
                dict.fromkeys(
                    product.choice_in(language, variant.choices[position])
                    for variant in product.variants
                )
            ),
        )
        for position, name in enumerate(product.option_names_in(language))
    ]


def _variant(
    product: ProductRecord, variant: VariantRecord, stock: dict[UUID, Availability], language: str
) -> Variant:
    choices = [product.choice_in(language, choice) for choice in variant.choices]
    return Variant(
        id=variant.id,
        title=" / ".join(choice for choice in choices if choice),
        choices=choices,
        sku=variant.sku,
        price=Amount.of_some(variant.price),
        compare_at=Amount.of_some(variant.compare_at),
        availability="in_stock" if stock.get(variant.id, NOTHING).free else "sold_out",
    )


class Collection(BaseModel):
    """A group of products that the merchant made."""

    id: UUID
    handle: str
    title: str
    description: str
    picture: Picture | None

    @classmethod
    def of(cls, collection: CollectionRecord) -> "Collection":
        """Return a collection in the reader's language."""
        return cls(
            id=collection.id,
            handle=collection.handle,
            title=collection.title,
            description=collection.description,
            picture=Picture.of(collection.picture),
        )


class CollectionList(BaseModel):
    """The shop's collections, in the merchant's order."""

    collections: list[Collection]

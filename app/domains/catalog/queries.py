"""Reading products with their variants and pictures."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Select,
    and_,
    bindparam,
    func,
    literal_column,
    select,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by

from app.domains.catalog.collections.queries import is_shown
from app.domains.catalog.models import (
    Collection,
    CollectionProduct,
    Product,
    ProductPicture,
    Variant,
    VariantPrice,
)
from app.domains.media.queries import PictureFile, picture_expression, read_picture
from app.foundation.money import Money
from app.foundation.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class VariantRecord:
    """A variant with its price in the shop's currency; None where it has none and is not sold."""

    id: UUID
    choices: tuple[str, ...]
    sku: str
    price: Money | None
    compare_at: Money | None
    is_taxable: bool
    picture_id: UUID | None
    barcode: str = ""

    @property
    def title(self) -> str:
        """The choices as one text: "Silver / 54"."""
        return " / ".join(choice for choice in self.choices if choice)


@dataclass(frozen=True, slots=True)
class PictureRecord:
    """A picture of a product; its file is None while it is missing."""

    media_id: UUID
    alt: str
    """What it shows, in the shop's own language."""
    alts: dict[str, str]
    """The same in other languages."""
    file: PictureFile | None

    def alt_in(self, language: str) -> str:
        """Return what the picture shows in `language`, as far as that is told."""
        return self.alts.get(language) or self.alt

    @property
    def facts(self) -> dict[str, Any] | None:
        """What read models and pages keep of it, None while it is missing."""
        return self.file.as_facts(self.alt) if self.file else None


@dataclass(frozen=True, slots=True)
class ProductRecord:
    """A product with everything its page says, in one language."""

    id: UUID
    handle: str
    title: str
    body_html: str
    vendor: str
    product_type: str
    tags: tuple[str, ...]
    is_published: bool
    option_names: tuple[str, ...]
    variants: tuple[VariantRecord, ...]
    pictures: tuple[PictureRecord, ...]
    translations: dict[str, Any]
    collections: tuple[str, ...] = ()

    def in_language(self, language: str) -> "tuple[str, str]":
        """Return title and body in `language`, as far as they are translated."""
        texts = self.translations.get(language, {})
        return texts.get("title") or self.title, texts.get("body_html") or self.body_html

    def option_names_in(self, language: str) -> tuple[str, ...]:
        """Return the options' names in `language`."""
        names = self.translations.get(language, {}).get("options", {})
        return tuple(names.get(name, name) for name in self.option_names)

    def choice_in(self, language: str, choice: str) -> str:
        """Return a choice's name in `language`."""
        names = self.translations.get(language, {}).get("values", {})
        return str(names.get(choice, choice))


def _variants_json(currency: str) -> Any:
    facts = func.jsonb_build_array(
        Variant.id, Variant.choices, Variant.sku, VariantPrice.amount, VariantPrice.compare_at,
        Variant.is_taxable, Variant.picture_id, Variant.barcode,
    )  # fmt: skip
    return (
        select(func.jsonb_agg(aggregate_order_by(facts, Variant.position)))
        .select_from(Variant)
        .outerjoin(
            VariantPrice,
            and_(VariantPrice.variant_id == Variant.id, VariantPrice.currency == currency),
        )
        .where(Variant.product_id == Product.id)
        .correlate(Product)
        .scalar_subquery()
    )


def _pictures_json() -> Any:
    facts = func.jsonb_build_array(
        ProductPicture.media_id, ProductPicture.alt, ProductPicture.alts,
        picture_expression(ProductPicture.media_id),
    )  # fmt: skip
    return (
        select(func.jsonb_agg(aggregate_order_by(facts, ProductPicture.position)))
        .where(ProductPicture.product_id == Product.id, ProductPicture.removed_at.is_(None))
        .correlate(Product)
        .scalar_subquery()
    )


def _collections_json() -> Any:
    return (
        select(func.jsonb_agg(Collection.handle))
        .join(CollectionProduct, CollectionProduct.collection_id == Collection.id)
        .where(CollectionProduct.product_id == Product.id, is_shown())
        .correlate(Product)
        .scalar_subquery()
    )


def find_product(
    unit: UnitOfWork, *, handle: str, currency: str, published_only: bool = True
) -> ProductRecord | None:
    """Return a product by its handle with variants, prices and pictures, in one statement."""
    statement = _product_by_handle(currency, published_only=published_only)
    row = unit.connection.execute(statement, {"asked": handle}).first()
    return _record(row, currency) if row else None


def list_products_by_id(
    unit: UnitOfWork, *, product_ids: Iterable[UUID], currency: str
) -> list[ProductRecord]:
    """Return whole products by id, published or not, in one statement."""
    return _read(unit, Product.id.in_(list(product_ids)), currency)


def list_products(
    unit: UnitOfWork,
    *,
    currency: str,
    words: str = "",
    vendor: str = "",
    page: int = 1,
    page_size: int = 50,
) -> list[ProductRecord]:
    """Return whole products for the console, by title; one more than a page tells of a next one.

    `vendor` asks for the pieces of one maker, written as on the products but for its case.
    """
    condition = Product.title.icontains(words, autoescape=True) if words else literal_column("true")
    if vendor:
        condition = and_(condition, func.lower(Product.vendor) == vendor.lower())
    page_of = (
        select(Product.id)
        .where(condition)
        .order_by(Product.title, Product.id)
        .limit(page_size + 1)
        .offset((page - 1) * page_size)
    )
    return _read(unit, Product.id.in_(page_of), currency)


@lru_cache(maxsize=32)
def _whole_products(currency: str) -> Select[Any]:
    """Return the statement for whole products, built once for each currency."""
    return select(
        Product.id, Product.handle, Product.title, Product.body_html, Product.vendor,
        Product.product_type, Product.tags, Product.is_published, Product.options,
        Product.translations, _variants_json(currency), _pictures_json(), _collections_json(),
    ).order_by(Product.title, Product.id)  # fmt: skip


@lru_cache(maxsize=32)
def _product_by_handle(currency: str, *, published_only: bool) -> Select[Any]:
    """Return the statement for one whole product, built once: every product's page sends it."""
    statement = _whole_products(currency).where(Product.handle == bindparam("asked"))
    return statement.where(Product.is_published) if published_only else statement


def _read(unit: UnitOfWork, condition: Any, currency: str) -> list[ProductRecord]:
    rows = unit.session.execute(_whole_products(currency).where(condition))
    return [_record(row, currency) for row in rows]


def _record(row: Any, currency: str) -> ProductRecord:
    (product_id, handle, title, body_html, vendor, product_type, tags, is_published, options,
     translations, variants, pictures, collections) = row  # fmt: skip
    return ProductRecord(
        product_id, handle, title, body_html, vendor, product_type, tuple(tags), is_published,
        tuple(option["name"] for option in options),
        tuple(_variant(facts, currency) for facts in variants or ()),
        tuple(_picture(facts) for facts in pictures or ()),
        translations,
        tuple(collections or ()),
    )  # fmt: skip


def _picture(facts: list[Any]) -> PictureRecord:
    media_id, alt, alts, file = facts
    return PictureRecord(UUID(media_id), alt, alts, read_picture(file))


def _variant(facts: list[Any], currency: str) -> VariantRecord:
    variant_id, choices, sku, amount, compare_at, is_taxable, picture_id, barcode = facts
    return VariantRecord(
        UUID(variant_id), tuple(choices), sku,
        None if amount is None else Money(amount, currency),
        None if compare_at is None else Money(compare_at, currency),
        is_taxable, UUID(picture_id) if picture_id else None, barcode,
    )  # fmt: skip


def count_products(unit: UnitOfWork) -> int:
    """Count all products, published or not."""
    return unit.session.execute(select(func.count()).select_from(Product)).scalar_one()

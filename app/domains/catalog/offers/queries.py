"""Reading what can be bought: for baskets and quotes."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Select,
    String,
    Uuid,
    and_,
    any_,
    bindparam,
    case,
    exists,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY

from app.domains.catalog.models import Product, ProductPicture, Variant, VariantPrice
from app.domains.media.queries import picture_expression, read_picture
from app.foundation.money import Money
from app.foundation.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Offer:
    """A variant as it can be bought."""

    variant_id: UUID
    product_id: UUID
    handle: str
    title: str
    variant_title: str
    sku: str
    price: Money
    is_taxable: bool
    picture: dict[str, Any] | None
    """The variant's own picture or the product's first, whichever is there."""


def list_offers(
    unit: UnitOfWork, *, variant_ids: Iterable[UUID], currency: str, language: str
) -> dict[UUID, Offer]:
    """Return what can be bought of these variants, by id, in one statement.

    One that is unpublished, gone, or without a price in the currency is not in it.
    """
    rows = unit.connection.execute(
        _offers(), {"asked": list(variant_ids), "currency": currency, "language": language}
    )
    return {row[0]: _offer(row, currency) for row in rows}


@lru_cache(maxsize=1)
def _offers() -> Select[Any]:
    """Return the statement for offers, built once: baskets and checkouts send it again and again."""
    first_picture = (
        select(
            func.jsonb_build_array(ProductPicture.alt, picture_expression(ProductPicture.media_id))
        )
        .where(ProductPicture.product_id == Product.id, ProductPicture.removed_at.is_(None))
        .order_by(ProductPicture.position)
        .limit(1)
        .correlate(Product)
        .scalar_subquery()
    )
    is_removed = exists().where(
        ProductPicture.product_id == Variant.product_id,
        ProductPicture.media_id == Variant.picture_id,
        ProductPicture.removed_at.is_not(None),
    )
    own_picture = case((~is_removed, picture_expression(Variant.picture_id)))
    return (
        select(
            Variant.id, Product.id, Product.handle, Product.title,
            Product.translations[bindparam("language", type_=String)].label("texts"),
            Variant.choices, Variant.sku, VariantPrice.amount, Variant.is_taxable, own_picture, first_picture,
        )
        .join(Product, Product.id == Variant.product_id)
        .join(VariantPrice, and_(VariantPrice.variant_id == Variant.id,
                                 VariantPrice.currency == bindparam("currency")))
        .where(Variant.id == any_(bindparam("asked", type_=ARRAY(Uuid))), Product.is_published)
    )  # fmt: skip


def _offer(row: Any, currency: str) -> Offer:
    (variant_id, product_id, handle, title, texts, choices, sku, amount, is_taxable, own_picture,
     first_picture) = row  # fmt: skip
    texts = texts or {}
    names = texts.get("values", {})
    alt, first = first_picture or ("", None)
    picture = read_picture(own_picture or first)
    return Offer(
        variant_id, product_id, handle, texts.get("title") or title,
        " / ".join(names.get(choice, choice) for choice in choices if choice), sku,
        Money(amount, currency), is_taxable,
        picture.as_facts(alt) if picture else None,
    )  # fmt: skip


def find_price(unit: UnitOfWork, *, variant_id: UUID) -> Money | None:
    """Return what a variant costs in the shop's currency; None where it cannot be bought."""
    asked = {"asked": variant_id, "currency": unit.currency}
    amount = unit.connection.execute(_price(), asked).scalar_one_or_none()
    return None if amount is None else Money(amount, unit.currency)


@lru_cache(maxsize=1)
def _price() -> Select[int]:
    """Return the statement, built once: everything that is put into a basket asks for it."""
    return (
        select(VariantPrice.amount)
        .join(Variant, Variant.id == VariantPrice.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(
            VariantPrice.variant_id == bindparam("asked"),
            VariantPrice.currency == bindparam("currency"),
            Product.is_published,
        )
    )

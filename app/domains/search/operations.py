"""Keeping the read model: cards are rebuilt from what the catalogue and the stock say now."""

import re
from collections.abc import Sequence
from datetime import datetime
from html import unescape
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, literal_column, select, update

from app.domains.catalog.queries import ProductRecord, list_products_by_id
from app.domains.inventory.queries import NOTHING, Availability, list_availability
from app.domains.search.models import CardVariant, ProductCard
from app.foundation.unit_of_work import UnitOfWork

_TAG = re.compile(r"<[^>]+>")
MOST_BODY = 4000


def rebuild_cards(unit: UnitOfWork, *, product_ids: Sequence[UUID], currency: str) -> None:
    """Rebuild the cards of these products; what is not for sale has none."""
    products = list_products_by_id(unit, product_ids=product_ids, currency=currency)
    shown = [product for product in products if product.is_published and _prices(product)]
    variant_ids = [variant.id for product in shown for variant in product.variants]
    stock = list_availability(unit, variant_ids=variant_ids)
    listed = _listed(unit, product_ids)
    _drop(unit, product_ids)
    if not shown:
        return
    unit.session.execute(
        insert(CardVariant).values(
            [
                {"variant_id": variant.id, "product_id": product.id}
                for product in shown
                for variant in product.variants
            ]
        )
    )
    rows = [_row(product, stock, listed.get(product.id, unit.now)) for product in shown]
    unit.session.execute(insert(ProductCard).values(rows))


def _listed(unit: UnitOfWork, product_ids: Sequence[UUID]) -> dict[UUID, datetime]:
    """Return since when products are on sale: a change makes none of them new."""
    rows = unit.session.execute(
        select(ProductCard.product_id, ProductCard.listed_at).where(
            ProductCard.product_id.in_(list(product_ids))
        )
    )
    return {row.product_id: row.listed_at for row in rows}


def _drop(unit: UnitOfWork, product_ids: Sequence[UUID]) -> None:
    ids = list(product_ids)
    unit.session.execute(delete(CardVariant).where(CardVariant.product_id.in_(ids)))
    unit.session.execute(delete(ProductCard).where(ProductCard.product_id.in_(ids)))


def _prices(product: ProductRecord) -> list[int]:
    return sorted(variant.price.amount for variant in product.variants if variant.price)


def _row(
    product: ProductRecord, stock: dict[UUID, Availability], listed_at: datetime
) -> dict[str, Any]:
    prices = _prices(product)
    cheapest = min(
        (v for v in product.variants if v.price), key=lambda v: v.price.amount if v.price else 0
    )
    titles = {
        language: texts["title"]
        for language, texts in product.translations.items()
        if texts.get("title")
    }
    return {
        "product_id": product.id,
        "handle": product.handle,
        "price": prices[0],
        "is_available": any(stock.get(v.id, NOTHING).free > 0 for v in product.variants),
        "collections": list(product.collections),
        "words": _words(product),
        "listed_at": listed_at,
        "facts": {
            "title": product.title,
            "titles": titles,
            "vendor": product.vendor,
            "compare_at": cheapest.compare_at.amount if cheapest.compare_at else None,
            "has_range": prices[0] != prices[-1],
            "picture": product.pictures[0].facts if product.pictures else None,
        },
    }


def _words(product: ProductRecord) -> Any:
    """Return what is searched: titles weigh most, then maker, kind and tags, then the text."""
    titles = [product.title, *(t.get("title", "") for t in product.translations.values())]
    middle = [product.vendor, product.product_type, *product.tags,
              *(v.sku for v in product.variants if v.sku)]  # fmt: skip
    bodies = [product.body_html, *(t.get("body_html", "") for t in product.translations.values())]
    plain = unescape(_TAG.sub(" ", " ".join(bodies)))[:MOST_BODY]
    weighed = [
        func.setweight(
            func.to_tsvector("simple", func.unaccent(" ".join(texts))),
            literal_column(f"'{weight}'"),
        )
        for texts, weight in ((titles, "A"), (middle, "B"), ([plain], "D"))
    ]
    return weighed[0].op("||")(weighed[1]).op("||")(weighed[2])


def products_of_variants(unit: UnitOfWork, *, variant_ids: Sequence[UUID]) -> list[UUID]:
    """Return the products whose cards a change of these variants' stock touches."""
    rows = unit.session.execute(
        select(CardVariant.product_id).where(CardVariant.variant_id.in_(list(variant_ids)))
    )
    return sorted(set(rows.scalars()))


def refresh_availability(unit: UnitOfWork, *, product_ids: Sequence[UUID]) -> None:
    """Write anew whether these products can be bought."""
    pairs = unit.session.execute(
        select(CardVariant.product_id, CardVariant.variant_id).where(
            CardVariant.product_id.in_(list(product_ids))
        )
    ).all()
    stock = list_availability(unit, variant_ids=[pair.variant_id for pair in pairs])
    available = {pair.product_id for pair in pairs if stock.get(pair.variant_id, NOTHING).free > 0}
    for is_available in (True, False):
        ids = [pid for pid in product_ids if (pid in available) is is_available]
        if ids:
            unit.session.execute(
                update(ProductCard)
                .where(ProductCard.product_id.in_(ids), ProductCard.is_available != is_available)
                .values(is_available=is_available)
            )

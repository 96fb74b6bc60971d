"""Taking a file's products over. A file is imported whole or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select, text, update

from app.domains.catalog.errors import FileHasProblemsError
from app.domains.catalog.imports.products import FileProduct, FileVariant, ParsedFile
from app.domains.catalog.models import Product, ProductPicture, Variant, VariantPrice
from app.domains.catalog.operations import record_changed
from app.domains.media.operations import ensure_media
from app.foundation.identifiers import new_id
from app.foundation.sanitising import sanitise_html
from app.foundation.unit_of_work import UnitOfWork


@dataclass(slots=True)
class ImportReport:
    """What an import did, or would do; `stock` is for the inventory, by variant."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    variants: int = 0
    pictures: int = 0
    stock: dict[UUID, int] = field(default_factory=dict)


def import_products(unit: UnitOfWork, *, file: ParsedFile) -> ImportReport:
    """Create or update every product of a file; what is the same stays untouched.

    A product is known by its handle, a variant by its choices. One file at a time: a second one
    waits. Raises FileHasProblemsError.
    """
    if file.problems:
        raise FileHasProblemsError(count=len(file.problems))
    unit.session.execute(text("LOCK TABLE product IN SHARE ROW EXCLUSIVE MODE"))
    stored = _stored_products(unit, [product.handle for product in file.products])
    media = ensure_media(unit, sources=_picture_sources(file.products))
    report = ImportReport()
    changed = [
        product_id
        for product in file.products
        if (product_id := _import_product(unit, product, stored, media, report))
    ]
    record_changed(unit, changed)
    return report


def _picture_sources(products: Sequence[FileProduct]) -> list[str]:
    of_products = [picture.source for product in products for picture in product.pictures]
    of_variants = [v.picture for product in products for v in product.variants if v.picture]
    return sorted({*of_products, *of_variants})


@dataclass(frozen=True, slots=True)
class _Stored:
    id: UUID
    facts: dict[str, Any]
    variants: dict[tuple[str, ...], tuple[UUID, dict[str, Any]]]
    prices: dict[tuple[UUID, str], tuple[int, int | None]]
    pictures: list[ProductPicture]
    """Those that a file brought, in their order; what was sent by hand is not a file's to change."""


def _stored_products(unit: UnitOfWork, handles: list[str]) -> dict[str, _Stored]:
    """Read everything that the file may change, in four statements."""
    products = unit.session.execute(
        select(Product).where(Product.handle.in_(handles)).with_for_update()
    ).scalars().all()  # fmt: skip
    ids = [product.id for product in products]
    variants = (
        unit.session.execute(select(Variant).where(Variant.product_id.in_(ids))).scalars().all()
    )
    prices = unit.session.execute(
        select(VariantPrice).where(VariantPrice.variant_id.in_([v.id for v in variants]))
    ).scalars().all()  # fmt: skip
    pictures = unit.session.execute(
        select(ProductPicture)
        .where(ProductPicture.product_id.in_(ids), ProductPicture.removed_at.is_(None))
        .order_by(ProductPicture.position)
    ).scalars().all()  # fmt: skip
    of_product: dict[UUID, dict[tuple[str, ...], tuple[UUID, dict[str, Any]]]] = {}
    for variant in variants:
        facts = {name: getattr(variant, name) for name in _VARIANT_FACTS}
        of_product.setdefault(variant.product_id, {})[tuple(variant.choices)] = (variant.id, facts)
    price_map = {(p.variant_id, p.currency): (p.amount, p.compare_at) for p in prices}
    return {
        product.handle: _Stored(
            product.id,
            {name: getattr(product, name) for name in _PRODUCT_FACTS},
            of_product.get(product.id, {}),
            price_map,
            [p for p in pictures if p.product_id == product.id],
        )
        for product in products
    }


_PRODUCT_FACTS = ("title", "body_html", "vendor", "product_type", "tags", "is_published", "options")
_VARIANT_FACTS = (
    "position", "sku", "barcode", "weight_grams", "requires_shipping", "is_taxable", "picture_id",
)  # fmt: skip


def _import_product(
    unit: UnitOfWork,
    product: FileProduct,
    stored: dict[str, _Stored],
    media: dict[str, UUID],
    report: ImportReport,
) -> UUID | None:
    """Write one product; return its id where something changed."""
    before = stored.get(product.handle)
    facts = _product_facts(product)
    product_id = before.id if before else new_id()
    if before is None:
        unit.session.execute(
            insert(Product).values(
                id=product_id, handle=product.handle, translations={}, created_at=unit.now,
                changed_at=unit.now, **facts,
            )
        )  # fmt: skip
    is_changed = before is None or before.facts != facts
    is_changed |= _import_variants(unit, product_id, product, before, media, report)
    is_changed |= _import_pictures(unit, product_id, product, before, media)
    if before is not None and is_changed:
        unit.session.execute(
            update(Product).where(Product.id == product_id).values(changed_at=unit.now, **facts)
        )
    report.variants += len(product.variants)
    report.pictures += len(product.pictures)
    report.created += before is None
    report.updated += before is not None and is_changed
    report.unchanged += not is_changed
    return product_id if is_changed else None


def _product_facts(product: FileProduct) -> dict[str, Any]:
    options = [
        {"name": name, "values": list(dict.fromkeys(v.choices[i] for v in product.variants))}
        for i, name in enumerate(product.option_names)
    ]
    return {
        "title": product.title,
        "body_html": sanitise_html(product.body_html),
        "vendor": product.vendor,
        "product_type": product.product_type,
        "tags": list(product.tags),
        "is_published": product.is_published,
        "options": options,
    }


def _import_variants(
    unit: UnitOfWork,
    product_id: UUID,
    product: FileProduct,
    before: _Stored | None,
    media: dict[str, UUID],
    report: ImportReport,
) -> bool:
    known = before.variants if before else {}
    is_changed = False
    for position, variant in enumerate(product.variants, start=1):
        facts = _variant_facts(variant, position, media)
        variant_id, old = known.get(variant.choices, (None, None))
        if variant_id is None:
            variant_id = new_id()
            unit.session.execute(
                insert(Variant).values(
                    id=variant_id, product_id=product_id, choices=list(variant.choices), **facts
                )
            )
        elif old != facts:
            unit.session.execute(update(Variant).where(Variant.id == variant_id).values(**facts))
        is_changed |= old != facts
        is_changed |= _import_prices(unit, variant_id, variant, before)
        if variant.stock is not None:
            report.stock[variant_id] = variant.stock
    kept = {variant.choices for variant in product.variants}
    gone = [variant_id for choices, (variant_id, _) in known.items() if choices not in kept]
    if gone:
        unit.session.execute(delete(Variant).where(Variant.id.in_(gone)))
    return is_changed or bool(gone)


def _variant_facts(variant: FileVariant, position: int, media: dict[str, UUID]) -> dict[str, Any]:
    return {
        "position": position,
        "sku": variant.sku,
        "barcode": variant.barcode,
        "weight_grams": variant.weight_grams,
        "requires_shipping": variant.requires_shipping,
        "is_taxable": variant.is_taxable,
        "picture_id": media.get(variant.picture),
    }


def _import_prices(
    unit: UnitOfWork, variant_id: UUID, variant: FileVariant, before: _Stored | None
) -> bool:
    known = before.prices if before else {}
    wanted = {
        currency: (price.price.amount, price.compare_at.amount if price.compare_at else None)
        for currency, price in variant.prices.items()
    }
    old = {key[1]: value for key, value in known.items() if key[0] == variant_id}
    if old == wanted:
        return False
    unit.session.execute(delete(VariantPrice).where(VariantPrice.variant_id == variant_id))
    if wanted:
        unit.session.execute(
            insert(VariantPrice).values(
                [
                    {"variant_id": variant_id, "currency": currency, "amount": amount,
                     "compare_at": compare_at}
                    for currency, (amount, compare_at) in wanted.items()
                ]
            )
        )  # fmt: skip
    return True


def _import_pictures(
    unit: UnitOfWork,
    product_id: UUID,
    product: FileProduct,
    before: _Stored | None,
    media: dict[str, UUID],
) -> bool:
    """Put the file's pictures first, and those that the merchant sent behind them."""
    wanted = {media[picture.source]: picture.alt for picture in product.pictures}
    known = before.pictures if before else []
    if list(wanted.items()) == [(p.media_id, p.alt) for p in known if not p.is_uploaded]:
        return False
    told = {picture.media_id: picture.alts for picture in known}
    sent = [p for p in known if p.is_uploaded and p.media_id not in wanted]
    rows = [
        {"media_id": media_id, "alt": alt, "alts": told.get(media_id, {}), "is_uploaded": False}
        for media_id, alt in wanted.items()
    ] + [{"media_id": p.media_id, "alt": p.alt, "alts": p.alts, "is_uploaded": True} for p in sent]
    replaced = [*wanted, *(p.media_id for p in known)]
    unit.session.execute(
        delete(ProductPicture).where(
            ProductPicture.product_id == product_id, ProductPicture.media_id.in_(replaced)
        )
    )
    if rows:
        unit.session.execute(
            insert(ProductPicture).values(
                [{**row, "product_id": product_id, "position": i, "removed_at": None}
                 for i, row in enumerate(rows, start=1)]
            )
        )  # fmt: skip
    return True

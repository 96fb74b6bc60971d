"""Publishing and translating products, and telling that they changed."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from app.domains.catalog.events import ProductsChanged
from app.domains.catalog.models import Product, ProductPicture
from app.foundation.sanitising import sanitise_html
from app.foundation.unit_of_work import UnitOfWork

MOST_IN_ONE_EVENT = 200


def record_changed(unit: UnitOfWork, product_ids: Sequence[UUID]) -> None:
    """Tell those who keep read models that products changed, some hundreds at a time."""
    for start in range(0, len(product_ids), MOST_IN_ONE_EVENT):
        unit.record(
            ProductsChanged(product_ids=tuple(product_ids[start : start + MOST_IN_ONE_EVENT]))
        )


def record_changed_by_media(unit: UnitOfWork, *, media_ids: Sequence[str]) -> None:
    """Tell that the products which show these pictures changed."""
    rows = unit.session.execute(
        select(ProductPicture.product_id)
        .where(ProductPicture.media_id.in_([UUID(media_id) for media_id in media_ids]))
        .distinct()
    )
    record_changed(unit, sorted(rows.scalars()))


def translate_product(
    unit: UnitOfWork, *, handle: str, translations: dict[str, dict[str, Any]]
) -> None:
    """Keep a product's texts in other languages: {language: {title, body_html, options, values}}.

    `picture_alts` among them tell what its pictures show, in the order of the pictures.
    """
    clean = {
        language: {
            **{name: text for name, text in texts.items() if name != "picture_alts"},
            "body_html": sanitise_html(texts.get("body_html", "")),
        }
        for language, texts in translations.items()
    }
    product_id = unit.session.execute(
        update(Product)
        .where(Product.handle == handle)
        .values(translations=clean, changed_at=unit.now)
        .returning(Product.id)
    ).scalar_one_or_none()
    if product_id:
        _tell_pictures(unit, product_id, translations)
        record_changed(unit, [product_id])


def _tell_pictures(
    unit: UnitOfWork, product_id: UUID, translations: dict[str, dict[str, Any]]
) -> None:
    pictures = unit.session.execute(
        select(ProductPicture.media_id)
        .where(ProductPicture.product_id == product_id, ProductPicture.removed_at.is_(None))
        .order_by(ProductPicture.position)
    ).scalars().all()  # fmt: skip
    for place, media_id in enumerate(pictures):
        told = {
            language: texts["picture_alts"][place]
            for language, texts in translations.items()
            if place < len(texts.get("picture_alts", []))
        }
        if told:
            unit.session.execute(
                update(ProductPicture)
                .where(ProductPicture.product_id == product_id, ProductPicture.media_id == media_id)
                .values(alts=told)
            )


def publish_product(unit: UnitOfWork, *, product_id: UUID, is_published: bool) -> None:
    """Put a product on sale, or take it off."""
    unit.session.execute(
        update(Product)
        .where(Product.id == product_id)
        .values(is_published=is_published, changed_at=unit.now)
    )
    record_changed(unit, [product_id])

"""Reading collections as their merchant arranges them, and as buyers see them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, Select, Subquery, and_, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from app.domains.catalog.models import Collection, CollectionProduct, Product, ProductPicture
from app.domains.media.queries import PictureFile, picture_expression, read_picture
from app.foundation.errors import NotFoundError
from app.foundation.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class KeptCollection:
    """A collection with its texts in all languages."""

    id: UUID
    handle: str
    texts: dict[str, dict[str, str]]
    picture: dict[str, Any] | None
    is_published: bool
    deleted_at: datetime | None
    product_count: int

    def title_in(self, language: str) -> str:
        """Return its name in `language`, or in any that there is, or its address."""
        told = [self.texts.get(language, {}), *self.texts.values()]
        return next((texts["title"] for texts in told if texts.get("title")), self.handle)

    def text(self, name: str, language: str) -> str:
        """Return one text in exactly one language, '' where it is not told."""
        return self.texts.get(language, {}).get(name, "")


@dataclass(frozen=True, slots=True)
class Member:
    """A product in a collection."""

    id: UUID
    title: str
    is_published: bool
    file: PictureFile | None


def list_kept(unit: UnitOfWork) -> list[KeptCollection]:
    """Return all collections in the merchant's order, deleted ones last, newest first."""
    order = (Collection.deleted_at.desc().nulls_first(), Collection.position, Collection.id)
    return [KeptCollection(*row) for row in unit.session.execute(_kept().order_by(*order))]


def get_kept(unit: UnitOfWork, collection_id: UUID) -> KeptCollection:
    """Return a collection that is not deleted. Raises NotFoundError."""
    row = unit.session.execute(
        _kept().where(Collection.id == collection_id, Collection.deleted_at.is_(None))
    ).one_or_none()
    if row is None:
        raise NotFoundError
    return KeptCollection(*row)


def _kept() -> Select[Any]:
    counted = (
        select(func.count())
        .where(CollectionProduct.collection_id == Collection.id)
        .correlate(Collection)
        .scalar_subquery()
    )
    return select(
        Collection.id, Collection.handle, Collection.texts, Collection.picture,
        Collection.is_published, Collection.deleted_at, counted,
    )  # fmt: skip


def list_members(unit: UnitOfWork, *, collection_id: UUID) -> list[Member]:
    """Return a collection's products in the merchant's order."""
    first_picture = (
        select(picture_expression(ProductPicture.media_id))
        .where(ProductPicture.product_id == Product.id, ProductPicture.removed_at.is_(None))
        .order_by(ProductPicture.position)
        .limit(1)
        .correlate(Product)
        .scalar_subquery()
    )
    rows = unit.session.execute(
        select(Product.id, Product.title, Product.is_published, first_picture)
        .join(CollectionProduct, CollectionProduct.product_id == Product.id)
        .where(CollectionProduct.collection_id == collection_id)
        .order_by(CollectionProduct.position)
    )
    return [Member(row[0], row[1], row[2], read_picture(row[3])) for row in rows]


@dataclass(frozen=True, slots=True)
class CollectionRecord:
    """A collection as buyers see it, in one language."""

    id: UUID
    handle: str
    title: str
    description: str
    picture: dict[str, Any] | None


def collections_expression() -> Any:
    """Return an SQL expression for the collections in the merchant's order.

    For statements of the domains above; `read_collections` reads it.
    """
    facts = func.jsonb_build_array(
        Collection.id, Collection.handle, Collection.texts, Collection.picture
    )
    found = select(func.jsonb_agg(aggregate_order_by(facts, Collection.position)))
    return found.where(is_shown()).scalar_subquery()


def is_shown() -> Any:
    """Return the condition that buyers see a collection. For statements of the catalogue."""
    return and_(Collection.is_published, Collection.deleted_at.is_(None))


def places_in_collection(handle: BindParameter[str]) -> Subquery:
    """Return a subquery of a collection's products with their `position` in the merchant's order.

    For statements of the domains above.
    """
    return (
        select(CollectionProduct.product_id, CollectionProduct.position)
        .join(Collection, Collection.id == CollectionProduct.collection_id)
        .where(Collection.handle == handle, is_shown())
        .subquery()
    )


def read_collections(
    value: list[Any] | None, *, language: str, fallback: str
) -> list[CollectionRecord]:
    """Return what `collections_expression` found, each text that lacks in `fallback`."""
    return [_collection(facts, language, fallback) for facts in value or ()]


def _collection(facts: list[Any], language: str, fallback: str) -> CollectionRecord:
    collection_id, handle, texts, picture = facts
    chosen = texts.get("en", {}) | texts.get(fallback, {}) | texts.get(language, {})
    return CollectionRecord(
        UUID(collection_id), handle, chosen.get("title", handle), chosen.get("description", ""),
        picture,
    )  # fmt: skip

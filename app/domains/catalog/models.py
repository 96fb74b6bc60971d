"""Products with their variants and prices, collections, and pictures by id."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.foundation.database import ShopTable
from app.foundation.models import Instant


class Product(ShopTable):
    __tablename__ = "product"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    handle: Mapped[str] = mapped_column(Text, unique=True)
    title: Mapped[str] = mapped_column(Text)
    body_html: Mapped[str] = mapped_column(Text)
    vendor: Mapped[str] = mapped_column(Text)
    product_type: Mapped[str] = mapped_column(Text)
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text))
    is_published: Mapped[bool]
    options: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    translations: Mapped[dict[str, Any]] = mapped_column(JSONB)
    created_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)


class Variant(ShopTable):
    __tablename__ = "variant"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    product_id: Mapped[UUID]
    position: Mapped[int]
    choices: Mapped[list[str]] = mapped_column(ARRAY(Text))
    sku: Mapped[str] = mapped_column(Text)
    barcode: Mapped[str] = mapped_column(Text)
    weight_grams: Mapped[int]
    requires_shipping: Mapped[bool]
    is_taxable: Mapped[bool]
    picture_id: Mapped[UUID | None]


class VariantPrice(ShopTable):
    __tablename__ = "variant_price"

    variant_id: Mapped[UUID] = mapped_column(primary_key=True)
    currency: Mapped[str] = mapped_column(Text, primary_key=True)
    amount: Mapped[int]
    compare_at: Mapped[int | None]


class ProductPicture(ShopTable):
    """A picture's place; one that was removed keeps its row, so that it can be put back."""

    __tablename__ = "product_picture"

    product_id: Mapped[UUID] = mapped_column(primary_key=True)
    media_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int]
    alt: Mapped[str] = mapped_column(Text)
    alts: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict)
    is_uploaded: Mapped[bool] = mapped_column(default=False)
    removed_at: Mapped[datetime | None] = mapped_column(Instant)


class Collection(ShopTable):
    __tablename__ = "collection"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    handle: Mapped[str] = mapped_column(Text)
    """Of one at most that is not deleted."""
    texts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    picture: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    position: Mapped[int]
    is_published: Mapped[bool] = mapped_column(default=True)
    deleted_at: Mapped[datetime | None] = mapped_column(Instant)


class CollectionProduct(ShopTable):
    __tablename__ = "collection_product"

    collection_id: Mapped[UUID] = mapped_column(primary_key=True)
    product_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int]

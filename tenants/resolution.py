"""What a host name means: which face of the platform, and which shop."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from app.foundation.database import ShopScope
from app.foundation.identifiers import parse_id
from app.foundation.unit_of_work import UnitOfWork
from tenants.models import Host, Shop
from tenants.spares import schema_name

MEDIA_LABEL = "media"
_SCHEMA = re.compile(r"t_[0-9]{5,18}", re.ASCII)


class Face(StrEnum):
    """Which application answers on a host."""

    MARKETPLACE = "marketplace"
    CONSOLE = "console"
    ADMIN = "admin"
    STOREFRONT = "storefront"
    MEDIA = "media"


@dataclass(frozen=True, slots=True)
class ShopRecord:
    """A shop as the directory knows it."""

    id: UUID
    slug: str
    name: str
    kind: str
    state: str
    cell: str
    schema: str
    country: str
    currency: str
    language: str
    suspended_reason: str

    @property
    def scope(self) -> ShopScope:
        """The scope of this shop's transactions."""
        return ShopScope(self.id, self.cell, self.schema, self.currency)


def split_host(host: str, base_domain: str) -> tuple[Face, str]:
    """Return the face that a host means and, for a storefront, the label or the whole host.

    `host` and `base_domain` may carry a port; both are compared without regard to case.
    """
    name = _without_port(host).casefold().rstrip(".")
    base = _without_port(base_domain).casefold()
    if name == base:
        return Face.MARKETPLACE, ""
    label = name.removesuffix("." + base)
    if label == name or "." in label:
        return Face.STOREFRONT, name
    faces = {
        "console": Face.CONSOLE,
        "admin": Face.ADMIN,
        "www": Face.MARKETPLACE,
        MEDIA_LABEL: Face.MEDIA,
    }
    return faces.get(label, Face.STOREFRONT), label


def _without_port(host: str) -> str:
    return host.rsplit(":", 1)[0] if ":" in host and not host.endswith("]") else host


def find_shop_by_host(unit: UnitOfWork, name: str) -> ShopRecord | None:
    """Return the shop that a label or a merchant's own domain means, in one statement."""
    if "." not in name:
        return _one(unit, _shops().where(Shop.slug == name))
    of_host = select(Host.shop_id).where(Host.name == name, Host.verified_at.is_not(None))
    return _one(unit, _shops().where(Shop.id.in_(of_host)))


def find_shop(unit: UnitOfWork, slug: str) -> ShopRecord | None:
    """Return a shop by its address."""
    return _one(unit, _shops().where(Shop.slug == slug))


def find_shop_by_id(unit: UnitOfWork, shop_id: UUID) -> ShopRecord | None:
    """Return a shop by its id."""
    return _one(unit, _shops().where(Shop.id == shop_id))


def find_shop_by_schema(unit: UnitOfWork, schema: str) -> ShopRecord | None:
    """Return the shop that a schema belongs to, or None for a spare one."""
    return _one(unit, _shops().where(Shop.schema_number == int(schema.removeprefix("t_"))))


def find_shop_dates(unit: UnitOfWork, shop_id: UUID) -> tuple[datetime, datetime | None] | None:
    """Return when a shop was made, and when its doors opened first or again."""
    row = unit.session.execute(
        select(Shop.created_at, Shop.opened_at).where(Shop.id == shop_id)
    ).first()
    return (row.created_at, row.opened_at) if row else None


def find_shops(unit: UnitOfWork, names: Collection[str]) -> dict[str, ShopRecord]:
    """Return the shops that schemas and ids name, by that name, in one statement; others are left out."""
    ids = {name: shop_id for name in names if (shop_id := parse_id(name))}
    numbers = {name: int(name[2:]) for name in names if _SCHEMA.fullmatch(name)}
    if not ids and not numbers:
        return {}
    named = or_(Shop.id.in_(set(ids.values())), Shop.schema_number.in_(set(numbers.values())))
    found = [_record(row) for row in unit.session.execute(_shops().where(named))]
    by_name = {shop.schema: shop for shop in found} | {str(shop.id): shop for shop in found}
    asked = {**{name: str(shop_id) for name, shop_id in ids.items()},
             **{name: schema_name(number) for name, number in numbers.items()}}  # fmt: skip
    return {name: by_name[key] for name, key in asked.items() if key in by_name}


def list_shops_of(unit: UnitOfWork, shop_ids: Sequence[UUID]) -> list[ShopRecord]:
    """Return the shops that ids name, in their order and in one statement; unknown ones are left out."""
    if not shop_ids:
        return []
    rows = unit.session.execute(_shops().where(Shop.id.in_(shop_ids)))
    found = {shop.id: shop for shop in map(_record, rows)}
    return [found[shop_id] for shop_id in shop_ids if shop_id in found]


def list_shops(
    unit: UnitOfWork, *, states: tuple[str, ...] = (), words: str = "", limit: int = 500
) -> list[ShopRecord]:
    """Return shops by name, of some states or all, whose name or address contains `words`.

    An erased shop has no schema any more, and is returned only where `states` names it.
    """
    query = _shops().order_by(Shop.name, Shop.slug).limit(limit)
    query = query.where(Shop.state.in_(states) if states else Shop.state != "erased")
    if words:
        query = query.where(
            or_(
                Shop.name.icontains(words, autoescape=True),
                Shop.slug.contains(words, autoescape=True),
            )
        )
    return [_record(row) for row in unit.session.execute(query)]


def _shops() -> Any:
    return select(
        Shop.id, Shop.slug, Shop.name, Shop.kind, Shop.state, Shop.cell, Shop.schema_number,
        Shop.country, Shop.currency, Shop.language, Shop.suspended_reason,
    )  # fmt: skip


def _one(
    unit: UnitOfWork,
    query: Any,
) -> ShopRecord | None:
    row = unit.session.execute(query).first()
    return _record(row) if row else None


def _record(
    row: Any,
) -> ShopRecord:
    shop_id, slug, name, kind, state, cell, number, *rest = row
    country, currency, language, reason = rest
    return ShopRecord(
        shop_id,
        slug,
        name,
        kind,
        state,
        cell,
        schema_name(number),
        country,
        currency,
        language,
        reason,
    )

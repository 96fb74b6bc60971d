"""Reading shipping options."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, bindparam, select

from app.domains.fulfilment.models import ShippingOption
from app.foundation.money import Money
from app.foundation.unit_of_work import UnitOfWork

ELSEWHERE = "*"


@dataclass(frozen=True, slots=True)
class ShippingChoice:
    """A way to ship, with its price for this basket; days are working days."""

    id: UUID
    name: str
    price: Money
    days_least: int
    days_most: int


def list_shipping_choices(
    unit: UnitOfWork, *, country: str, subtotal: Money, language: str
) -> list[ShippingChoice]:
    """Return the ways to ship to a country, in the merchant's order; none where we do not ship.

    Options for the country itself win over those for everywhere else.
    """
    rows = unit.connection.execute(_options(), {"countries": [country, ELSEWHERE]}).all()
    own = [row for row in rows if country in row.countries]
    return [_choice(row, subtotal, language) for row in own or rows]


@lru_cache(maxsize=1)
def _options() -> Select[Any]:
    """Return the statement, built once: every step of a checkout sends it."""
    return (
        select(
            ShippingOption.id, ShippingOption.names, ShippingOption.countries, ShippingOption.price,
            ShippingOption.free_from, ShippingOption.days_least, ShippingOption.days_most,
        )
        .where(
            ShippingOption.is_active, ShippingOption.countries.overlap(bindparam("countries"))
        )
        .order_by(ShippingOption.position)
    )  # fmt: skip


def _choice(row: Row[Any], subtotal: Money, language: str) -> ShippingChoice:
    is_free = row.free_from is not None and subtotal.amount >= row.free_from
    return ShippingChoice(
        id=row.id,
        name=row.names.get(language) or row.names.get("en", ""),
        price=Money(0 if is_free else row.price, subtotal.currency),
        days_least=row.days_least,
        days_most=row.days_most,
    )


def list_destinations(unit: UnitOfWork) -> list[str]:
    """Return the countries that the shop ships to; ELSEWHERE among them means all."""
    rows = unit.session.execute(
        select(ShippingOption.countries).where(ShippingOption.is_active)
    ).scalars()
    return sorted({country for countries in rows for country in countries})

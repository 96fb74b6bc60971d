"""Writing shipping options."""

from uuid import UUID

from sqlalchemy import insert

from app.domains.fulfilment.models import ShippingOption
from app.foundation.identifiers import new_id
from app.foundation.unit_of_work import UnitOfWork


def add_shipping_option(
    unit: UnitOfWork,
    *,
    names: dict[str, str],
    countries: list[str],
    price: int,
    free_from: int | None,
    days: tuple[int, int],
    position: int,
) -> UUID:
    """Add a way to ship; `price` and `free_from` in minor units of the shop's currency."""
    option_id = new_id()
    unit.session.execute(
        insert(ShippingOption).values(
            id=option_id, names=names, countries=countries, price=price, free_from=free_from,
            days_least=days[0], days_most=days[1], position=position, is_active=True,
        )
    )  # fmt: skip
    return option_id

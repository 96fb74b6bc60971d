"""In which shops a person stands at all: one question a cell, whatever the number of its shops.

The answer is no hint that may be stale: the database itself keeps a line for each row that makes
somebody known to a shop, in that row's own transaction (migrations/platform/0014_person_places).
A shop reads its own lines only; the whole is read by the platform's reader.
"""

from uuid import UUID

from sqlalchemy import select

from app.domains.privacy.models import PersonPlace
from app.foundation.database import PlatformScope, cell_names, directory_scope
from app.foundation.personal_data import Subject
from app.foundation.unit_of_work import unit_of_work
from tenants.resolution import ShopRecord, find_shops


def list_shops_with(who: Subject, *, more: frozenset[UUID] = frozenset()) -> list[ShopRecord]:
    """Return the shops in which a person has rows, and those of `more`, by name.

    Opens units of its own: one for each cell and one for the directory. An erased shop has nothing.
    """
    named = {schema for cell in cell_names() for schema in _schemas_in(cell, who)}
    with unit_of_work(directory_scope()) as unit:
        found = find_shops(unit, named | {str(shop_id) for shop_id in more})
    by_id = {shop.id: shop for shop in found.values() if shop.state != "erased"}
    return sorted(by_id.values(), key=lambda shop: (shop.name, shop.slug))


def _schemas_in(cell: str, who: Subject) -> set[str]:
    owners = {who.person_id.bytes, *who.email_indexes}
    with unit_of_work(PlatformScope(cell, "platform_reader")) as unit:
        rows = unit.session.execute(
            select(PersonPlace.shop).where(PersonPlace.owner.in_(owners)).distinct()
        )
        return set(rows.scalars())

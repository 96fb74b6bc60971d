"""What must happen before a person can be erased."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from app.domains.accounts.personal_data import get_subject, list_shops_owned_alone
from app.domains.orders.queries import list_unfinished_orders
from app.domains.privacy.places import list_shops_with
from app.foundation.database import directory_scope
from app.foundation.errors import NotFoundError
from app.foundation.personal_data import Subject, find_rows_of, holdings
from app.foundation.unit_of_work import unit_of_work
from tenants.resolution import ShopRecord, list_shops_of


class BlockerKind(StrEnum):
    """Why not yet."""

    ORDER = "order"
    """An order is under way, or its money is not with the seller yet."""
    ONLY_OWNER = "only_owner"
    """A shop would have no owner."""


@dataclass(frozen=True, slots=True)
class Blocker:
    """One thing that must happen first: in which shop, and which order by its number."""

    kind: BlockerKind
    shop: ShopRecord
    number: str = ""


def list_blockers(*, person_id: UUID) -> list[Blocker]:
    """Return what is still under way for a person, in every shop that knows them. Opens units of its own."""
    with unit_of_work(directory_scope()) as unit:
        try:
            who = get_subject(unit, person_id=person_id)
        except NotFoundError:
            return []
        alone = list_shops_of(unit, list_shops_owned_alone(unit, person_id=person_id))
    owned = [
        Blocker(BlockerKind.ONLY_OWNER, shop)
        for shop in alone
        if shop.state not in {"closed", "erased"}
    ]
    return owned + [found for shop in list_shops_with(who) for found in _orders_in(shop, who)]


def _orders_in(shop: ShopRecord, who: Subject) -> list[Blocker]:
    here = Subject(who.person_id, who.email_indexes, who.until)
    with unit_of_work(shop.scope) as unit:
        if not find_rows_of(unit, holdings.of_shops(), here):
            return []
        numbers = list_unfinished_orders(unit, order_ids=here.of("order"))
    return [Blocker(BlockerKind.ORDER, shop, number) for number in numbers]

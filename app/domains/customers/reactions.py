"""What follows in the directory when a shop gets to know a person."""

from app.domains.accounts.dealings.operations import note_shop
from app.domains.customers.events import CustomerMade
from app.foundation.database import ShopScope, directory_scope
from app.foundation.unit_of_work import unit_of_work


def note_dealing(scope: ShopScope, event: CustomerMade) -> None:
    """Keep in the directory that the person deals in this shop: ids only."""
    with unit_of_work(directory_scope()) as unit:
        note_shop(unit, person_id=event.person_id, shop_id=scope.shop_id)

"""Pictures that have just come make their products' cards new."""

from app.domains.catalog.operations import record_changed_by_media
from app.domains.media.jobs import Making, fetch_waiting_pictures
from app.domains.media.renditions import make_renditions
from app.foundation.database import ShopScope
from app.foundation.unit_of_work import unit_of_work


def fetch_pictures(scope: ShopScope, *, make: Making = make_renditions) -> int:
    """Fetch a shop's waiting pictures, and let the cards that show them be rebuilt."""
    fetched = fetch_waiting_pictures(scope, make=make)
    if fetched:
        with unit_of_work(scope) as unit:
            record_changed_by_media(unit, media_ids=fetched)
    return len(fetched)

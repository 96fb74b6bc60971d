"""Going on with changes of keys, a little at a time: the worker has other things to do."""

import time

import structlog

from app.foundation.database import Scope, cell_names, directory_scope
from app.foundation.delivery import platform_scope
from app.foundation.sealing.rotation.settling import list_settled_shops
from app.foundation.sealing.rotation.sweeping import reseal
from app.foundation.unit_of_work import unit_of_work
from tenants.resolution import list_shops

log = structlog.get_logger(__name__)
AT_ONCE_SECONDS = 5.0
MOST_SHOPS = 100_000


def go_on_changing_keys() -> None:
    """Seal anew what a rotation or a release left, in every place, for five seconds at most.

    One place's failure stops no other.
    """
    until = time.monotonic() + AT_ONCE_SECONDS
    for scope in _places_to_do():
        if time.monotonic() >= until:
            return
        try:
            reseal(scope, until=until)
        except Exception:
            log.exception("keys not changed", place=scope.role)


def _places_to_do() -> list[Scope]:
    """Return the directory and the shops that are not settled, by one statement a cell."""
    settled: set[tuple[str, str]] = set()
    for cell in cell_names():
        with unit_of_work(platform_scope(cell)) as unit:
            settled.update((cell, shop) for shop in list_settled_shops(unit))
    with unit_of_work(directory_scope()) as unit:
        shops = list_shops(unit, limit=MOST_SHOPS)
    left = [shop.scope for shop in shops if (shop.cell, shop.schema) not in settled]
    return [directory_scope(), *left]

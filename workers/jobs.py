"""What RQ calls: ids and primitives only; each enters its scope and makes one call."""

from typing import Any

import structlog

from app.foundation.database import DIRECTORY, Scope, directory_scope
from app.foundation.delivery import DeliveryKey, deliver
from app.foundation.tracing import trace
from app.foundation.unit_of_work import unit_of_work
from tenants.resolution import ShopRecord, find_shop_by_schema, list_shops
from workers.schedule import SCHEDULE

log = structlog.get_logger(__name__)
WORKING_STATES = ("opening", "open", "suspended")


def run_delivery(*, database: str, shop: str, event_id: str, reaction: str, **_: Any) -> None:
    """Run one delivery of one event to one reaction."""
    deliver(DeliveryKey(database, shop, event_id, reaction), find_scope=find_scope)


def find_scope(database: str, role: str) -> Scope | None:
    """Return the scope of the shop that wrote an event, or the directory's own."""
    if database == DIRECTORY:
        return directory_scope()
    with unit_of_work(directory_scope()) as unit:
        shop = find_shop_by_schema(unit, role)
    return shop.scope if shop else None


def run_scheduled(*, name: str, cell: str, **_: Any) -> None:
    """Run a scheduled job for every shop of a cell; one shop's failure stops no other."""
    job = next(job for job in SCHEDULE if job.name == name)
    if job.run_once is not None:
        job.run_once()
        return
    for shop in _shops_of(cell):
        if job.run_for_shop is None:
            return
        with trace():
            try:
                job.run_for_shop(shop.scope)
            except Exception:
                log.exception("scheduled job failed", job=name, shop=shop.schema)


def _shops_of(cell: str) -> list[ShopRecord]:
    with unit_of_work(directory_scope()) as unit:
        shops = list_shops(unit, states=WORKING_STATES, limit=5000)
    return [shop for shop in shops if shop.cell == cell]

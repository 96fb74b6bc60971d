"""A supplier's own page: the pieces that they supply, and how many of them there are (BOX-8)."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext

from app.domains.accounts.memberships.queries import get_rights
from app.domains.accounts.permissions import Permission
from app.domains.catalog.queries import ProductRecord, list_products
from app.domains.inventory.operations import ensure_location, set_stock
from app.domains.inventory.queries import list_stock
from app.faces.merchant_console.counts import TypedCounts, read_counts
from app.faces.shared.access import requires
from app.foundation.database import directory_scope
from app.foundation.unit_of_work import UnitOfWork, unit_of_work

own_stock = Blueprint("own_stock", __name__)
PAGE_SIZE = 50
MOST_PAGES = 10_000


@own_stock.get("/shops/<uuid:shop_id>/own-stock")
@requires(Permission.COUNT_OWN_STOCK)
def index(shop_id: UUID) -> str:
    """Show the pieces that this person supplies, and nothing else of the shop."""
    return _show(_supplies(shop_id))


def _show(supplies: str, counts: TypedCounts | None = None) -> str:
    """Return the page; `counts` are those that were typed, where some of them were refused."""
    page = _page()
    with unit_of_work(g.shop.scope) as unit:
        found = _list_own(unit, supplies, page)
        variant_ids = [variant.id for product in found for variant in product.variants]
        stock = {row.variant_id: row for row in list_stock(unit, variant_ids=variant_ids)}
    return render_template(
        "own_stock.html", products=found[:PAGE_SIZE], stock=stock, supplies=supplies, page=page,
        has_next=len(found) > PAGE_SIZE, counts=counts,
    )  # fmt: skip


@own_stock.post("/shops/<uuid:shop_id>/own-stock")
@requires(Permission.COUNT_OWN_STOCK)
def save(shop_id: UUID) -> Any:
    """Keep the counts of this person's own pieces, all of them or none.

    Of others' pieces nothing is read from the form.
    """
    supplies, page = _supplies(shop_id), _page()
    with unit_of_work(g.shop.scope) as unit:
        found = _list_own(unit, supplies, page)[:PAGE_SIZE]
        counts = read_counts(variant.id for product in found for variant in product.variants)
        if not counts.refused:
            location_id = ensure_location(unit, name=gettext("Workshop"))
            set_stock(unit, location_id=location_id, quantities=counts.taken)
    if counts.refused:
        return _show(supplies, counts), 422
    flash(gettext("Saved."))
    return redirect(url_for("own_stock.index", shop_id=shop_id, page=page), 303)


def _supplies(shop_id: UUID) -> str:
    with unit_of_work(directory_scope()) as unit:
        return get_rights(unit, person_id=g.visitor.person_id, shop_id=shop_id).supplies


def _list_own(unit: UnitOfWork, supplies: str, page: int) -> list[ProductRecord]:
    if not supplies:
        return []
    return list_products(
        unit, currency=g.shop.currency, vendor=supplies, page=page, page_size=PAGE_SIZE
    )


def _page() -> int:
    return max(1, min(request.args.get("page", 1, type=int), MOST_PAGES))

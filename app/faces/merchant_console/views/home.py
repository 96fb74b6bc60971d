"""Where a merchant lands: the shops that they work for."""

from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, url_for

from app.domains.accounts.permissions import Permission
from app.faces.merchant_console.sections import first_section
from app.faces.shared.access import requires, signed_in
from app.faces.shared.sessions import signed_in_visitor
from app.foundation.database import directory_scope
from app.foundation.unit_of_work import unit_of_work
from tenants.resolution import list_shops_of

home = Blueprint("home", __name__)


@home.get("/")
@signed_in
def start() -> Any:
    """Go to the only shop, or let the person choose."""
    visitor = signed_in_visitor()
    with unit_of_work(directory_scope()) as unit:
        shops = list_shops_of(unit, visitor.shop_ids)
    landings = [(shop, first_section(visitor, shop.id)) for shop in shops]
    if len(landings) == 1 and landings[0][1]:
        return redirect(url_for(landings[0][1], shop_id=landings[0][0].id))
    return render_template("shops.html", landings=landings)


@home.get("/shops/<uuid:shop_id>")
@requires(Permission.SEE_OWN_RIGHTS)
def enter(shop_id: UUID) -> Any:
    """Go to the first page of a shop that the person may open."""
    return redirect(url_for(first_section(signed_in_visitor(), shop_id), shop_id=shop_id), 303)

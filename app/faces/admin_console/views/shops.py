"""All shops, and one shop's orders."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext

from app.domains.accounts.permissions import Permission
from app.domains.catalog.queries import count_products
from app.domains.ledger.operations import resume_money
from app.domains.ledger.queries import get_balance_sheet
from app.domains.orders.queries import get_order_figures, list_orders
from app.domains.payments.queries import find_connected_account
from app.faces.shared.access import requires
from app.foundation.database import PlatformScope, directory_scope
from app.foundation.flags import list_stopped
from app.foundation.unit_of_work import unit_of_work
from tenants.operations import get_shop, open_shop, suspend_shop
from tenants.resolution import find_shop_dates, list_shops

shops = Blueprint("shops", __name__)
LONGEST_REASON = 300
FIGURES_DAYS = 30
NEWEST = 20


@shops.get("/")
@requires(Permission.SEE_SHOPS)
def index() -> str:
    """Show all shops, in every state."""
    words = request.args.get("q", "").replace("\x00", "")
    with unit_of_work(directory_scope()) as unit:
        found = list_shops(unit, words=words)
    return render_template("shops.html", shops=found, words=words)


@shops.get("/shops/<uuid:shop_id>")
@requires(Permission.SEE_SHOPS)
def show(shop_id: UUID) -> str:
    """Show what a shop is, how it does, and its newest orders; no buyer's data."""
    with unit_of_work(directory_scope()) as unit:
        shop, dates = get_shop(unit, shop_id), find_shop_dates(unit, shop_id)
    with unit_of_work(shop.scope) as unit:
        found = {
            "orders": list_orders(unit, page_size=NEWEST)[:NEWEST],
            "stops": list_stopped(unit),
            "figures": get_order_figures(
                unit, since=unit.now - timedelta(days=FIGURES_DAYS), currency=shop.currency
            ),
            "products": count_products(unit),
            "payouts": find_connected_account(unit),
            "sheet": get_balance_sheet(unit, currency=shop.currency)
            if g.visitor.may(Permission.SEE_BOOKS) else None,
        }  # fmt: skip
    return render_template(
        "shop.html", shop=shop, opened_at=dates[1] if dates else None, days=FIGURES_DAYS, **found
    )


@shops.post("/shops/<uuid:shop_id>/money")
@requires(Permission.LIFT_STOPS)
def resume_payments(shop_id: UUID) -> Any:
    """Let a shop's money go on, with a reason, which is audited."""
    reason = request.form.get("reason", "").replace("\x00", "").strip()[:LONGEST_REASON]
    with unit_of_work(directory_scope()) as unit:
        shop = get_shop(unit, shop_id)
    if not reason:
        flash(gettext("Say why the money may go on. It is still stopped."))
        return redirect(url_for("shops.show", shop_id=shop_id), 303)
    with unit_of_work(PlatformScope(shop.cell, "platform_operator")) as unit:
        resume_money(unit, shop=shop.schema, actor=str(g.visitor.person_id), reason=reason)
    flash(gettext("The shop's money goes on."))
    return redirect(url_for("shops.show", shop_id=shop_id), 303)


@shops.post("/shops/<uuid:shop_id>/suspend")
@requires(Permission.SUSPEND_SHOPS)
def suspend(shop_id: UUID) -> Any:
    """Close a shop's doors for now; it can be taken back."""
    reason = request.form.get("reason", "").replace("\x00", "")[:LONGEST_REASON]
    with unit_of_work(directory_scope()) as unit:
        suspend_shop(unit, shop_id=shop_id, actor=str(g.visitor.person_id), reason=reason)
    flash(gettext("The shop is closed for now; buyers see a page that says so."))
    return redirect(url_for("shops.show", shop_id=shop_id), 303)


@shops.post("/shops/<uuid:shop_id>/resume")
@requires(Permission.SUSPEND_SHOPS)
def resume(shop_id: UUID) -> Any:
    """Open a shop's doors again."""
    with unit_of_work(directory_scope()) as unit:
        open_shop(unit, shop_id=shop_id, actor=str(g.visitor.person_id))
    flash(gettext("The shop is open again."))
    return redirect(url_for("shops.show", shop_id=shop_id), 303)

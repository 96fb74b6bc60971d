"""Orders, as the merchant sees them."""

from typing import Any
from uuid import UUID

from flask import Blueprint, g, render_template, request

from app.domains.accounts.permissions import Permission
from app.domains.checkout.addresses import address_lines
from app.domains.orders.queries import (
    get_contact,
    get_order,
    list_happenings,
    list_lines,
    list_orders,
)
from app.domains.orders.rules import PaymentStanding
from app.faces.shared.access import requires
from app.foundation.unit_of_work import unit_of_work

orders = Blueprint("orders", __name__)
PAGE_SIZE = 50
MOST_PAGES = 10_000


@orders.get("/shops/<uuid:shop_id>/orders")
@requires(Permission.SEE_ORDERS)
def index(shop_id: UUID) -> str:
    """Show the shop's orders, newest first."""
    del shop_id
    state = request.args.get("state", "")
    only = (PaymentStanding(state),) if state in set(PaymentStanding) else ()
    page = max(1, min(request.args.get("page", 1, type=int), MOST_PAGES))
    with unit_of_work(g.shop.scope) as unit:
        found = list_orders(
            unit, only=only, number=request.args.get("q", "").replace("\x00", ""), page=page,
            page_size=PAGE_SIZE,
        )  # fmt: skip
    return render_template(
        "orders.html", orders=found[:PAGE_SIZE], has_next=len(found) > PAGE_SIZE, page=page,
        state=state, states=list(PaymentStanding),
    )  # fmt: skip


@orders.get("/shops/<uuid:shop_id>/orders/<uuid:order_id>")
@requires(Permission.SEE_ORDERS)
def show(shop_id: UUID, order_id: UUID) -> Any:
    """Show an order with the buyer's address; the look is audited (FR-047)."""
    del shop_id
    with unit_of_work(g.shop.scope) as unit:
        order = get_order(unit, order_id)
        lines = list_lines(unit, order_id)
        contact = get_contact(unit, order_id)
        happenings = list_happenings(unit, order_id)
        unit.audit(
            actor=str(g.visitor.person_id), action="see_contact", object_kind="order",
            object_id=order_id,
        )  # fmt: skip
    return render_template(
        "order.html", order=order, lines=lines, email=contact.email,
        address=address_lines(contact.address), happenings=happenings,
    )  # fmt: skip

"""A person's own pages in a shop, in its theme: orders here, and what they agreed to with it."""

from typing import Any
from uuid import UUID

from flask import (
    Blueprint,
    Response,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext

from app.domains.customers.operations import Buyer, answer_question, ensure_customer
from app.domains.customers.queries import find_customer_id, has_agreed
from app.domains.customers.rules import ShopPurpose
from app.domains.fulfilment.shipments import list_shipments
from app.domains.orders.operations import claim_guest_orders
from app.domains.orders.queries import (
    get_contact,
    get_order_of_customer,
    has_guest_orders,
    list_happenings,
    list_lines,
    list_orders_of_customer,
)
from app.domains.payments.refunds.queries import list_refunds
from app.faces.shared.access import signed_in
from app.faces.shared.formatting import write_address
from app.faces.shared.sessions import signed_in_visitor
from app.faces.shared.shops import current_scope
from app.faces.storefront.shop import load_frame
from app.foundation.errors import NotFoundError
from app.foundation.unit_of_work import UnitOfWork, unit_of_work

account = Blueprint("account", __name__)
PAGE_SIZE = 20
MOST_PAGES = 1000


@account.get("/account")
@signed_in
def index() -> Response:
    """Show the person's orders in this shop; those that they placed as a guest join them here."""
    page = max(1, min(request.args.get("page", 1, type=int), MOST_PAGES))
    with unit_of_work(current_scope()) as unit:
        load_frame(unit)
        claimed = _claim(unit)
        customer_id = find_customer_id(unit, person_id=signed_in_visitor().person_id)
        orders = (
            list_orders_of_customer(unit, customer_id=customer_id, page=page, page_size=PAGE_SIZE)
            if customer_id
            else []
        )
        wants_news = bool(customer_id) and has_agreed(
            unit, customer_id=customer_id or UUID(int=0), purpose=ShopPurpose.SHOP_NEWS
        )
    return _private(
        "my_orders.html", orders=orders[:PAGE_SIZE], has_next=len(orders) > PAGE_SIZE, page=page,
        claimed=claimed, wants_news=wants_news, is_customer=bool(customer_id),
    )  # fmt: skip


def _claim(unit: UnitOfWork) -> int:
    """Take the orders along that were placed here as a guest with the account's proved address."""
    visitor = signed_in_visitor()
    if not has_guest_orders(unit, email=visitor.email):
        return 0
    customer_id = ensure_customer(unit, buyer=_buyer())
    return claim_guest_orders(
        unit, customer_id=customer_id, email=visitor.email, actor=str(visitor.person_id)
    )


def _buyer() -> Buyer:
    visitor = signed_in_visitor()
    return Buyer(
        person_id=visitor.person_id, name=visitor.name, email=visitor.email,
        language=visitor.language,
    )  # fmt: skip


@account.get("/account/orders/<uuid:order_id>")
@signed_in
def show(order_id: UUID) -> Response:
    """Show one of the person's own orders, with its parcels; another's is a 404."""
    with unit_of_work(current_scope()) as unit:
        load_frame(unit)
        customer_id = find_customer_id(unit, person_id=signed_in_visitor().person_id)
        if customer_id is None:
            raise NotFoundError
        order = get_order_of_customer(unit, customer_id=customer_id, order_id=order_id)
        contact = get_contact(unit, order.id)
        facts = {
            "lines": list_lines(unit, order.id),
            "happenings": list_happenings(unit, order.id),
            "refunds": list_refunds(unit, subject_id=order.id),
            "parcels": [p for p in list_shipments(unit, order_id=order.id) if p.is_announced],
        }
    return _private(
        "my_order.html", order=order, email=contact.email,
        address=write_address(contact.address), **facts,
    )  # fmt: skip


@account.post("/account/news")
@signed_in
def answer() -> Any:
    """Note whether the person wants this shop's news; taking it back is as easy as giving it."""
    visitor = signed_in_visitor()
    with unit_of_work(current_scope()) as unit:
        customer_id = find_customer_id(unit, person_id=visitor.person_id)
        if customer_id is None:
            raise NotFoundError
        answer_question(
            unit, customer_id=customer_id, purpose=ShopPurpose.SHOP_NEWS,
            is_given="wants_news" in request.form, place="account", actor=str(visitor.person_id),
        )  # fmt: skip
    flash(gettext("Your choice is saved."))
    return redirect(url_for("account.index"), 303)


def _private(template: str, **facts: Any) -> Response:
    response: Response = make_response(render_template(template, **facts))
    response.headers["X-Robots-Tag"] = "noindex"
    return response

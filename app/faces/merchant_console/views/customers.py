"""The shop's own customers: who they are here, what they bought here, what they agreed to here."""

from uuid import UUID

from flask import Blueprint, g, render_template, request

from app.domains.accounts.permissions import Permission
from app.domains.customers.queries import get_customer, list_customers, list_shop_consents
from app.domains.customers.rules import ShopPurpose
from app.domains.orders.queries import list_orders_of_customer
from app.faces.shared.access import requires
from app.foundation.audit.rules import AuditKind
from app.foundation.unit_of_work import unit_of_work

customers = Blueprint("customers", __name__)
PAGE_SIZE = 50
MOST_PAGES = 10_000
LONGEST_EMAIL = 254


@customers.get("/shops/<uuid:shop_id>/customers")
@requires(Permission.SEE_CUSTOMERS)
def index(shop_id: UUID) -> str:
    """Show the shop's customers, newest first, or who has an address; the look is audited."""
    page = max(1, min(request.args.get("page", 1, type=int), MOST_PAGES))
    email = request.args.get("q", "").replace("\x00", "").strip()[:LONGEST_EMAIL]
    with unit_of_work(g.shop.scope) as unit:
        found = list_customers(unit, email=email, page=page, page_size=PAGE_SIZE)
        unit.audit(
            actor=str(g.visitor.person_id), action="see_customers", object_kind="shop",
            object_id=shop_id, kind=AuditKind.ACCESS, page=page, count=len(found[:PAGE_SIZE]),
        )  # fmt: skip
    return render_template(
        "customers.html", customers=found[:PAGE_SIZE], has_next=len(found) > PAGE_SIZE, page=page,
        email=email,
    )  # fmt: skip


@customers.get("/shops/<uuid:shop_id>/customers/<uuid:customer_id>")
@requires(Permission.SEE_CUSTOMERS)
def show(shop_id: UUID, customer_id: UUID) -> str:
    """Show a customer with their orders in this shop; the look is audited."""
    del shop_id
    page = max(1, min(request.args.get("page", 1, type=int), MOST_PAGES))
    with unit_of_work(g.shop.scope) as unit:
        customer = get_customer(unit, customer_id=customer_id)
        orders = list_orders_of_customer(
            unit, customer_id=customer_id, page=page, page_size=PAGE_SIZE
        )
        answers = list_shop_consents(unit, customer_id=customer_id)
        unit.audit(
            actor=str(g.visitor.person_id), action="see_customer", object_kind="customer",
            object_id=customer_id, kind=AuditKind.ACCESS,
        )  # fmt: skip
    newest = next((a for a in answers if a.purpose is ShopPurpose.SHOP_NEWS), None)
    return render_template(
        "customer.html", customer=customer, orders=orders[:PAGE_SIZE], page=page,
        has_next=len(orders) > PAGE_SIZE, news=newest,
        may_see_orders=g.visitor.may(Permission.SEE_ORDERS, g.shop.id),
    )  # fmt: skip

"""A shop's orders and products for its own people's programs; and a buyer's own orders there."""

from flask import Response
from flask_openapi3 import APIBlueprint, Tag

from app.domains.accounts.addresses.rules import address_lines
from app.domains.accounts.permissions import Permission
from app.domains.accounts.tokens.rules import OwnScope
from app.domains.catalog.queries import list_products
from app.domains.customers.queries import find_customer_id
from app.domains.inventory.queries import list_availability
from app.domains.orders.queries import (
    OrderRecord,
    get_contact,
    get_order,
    list_lines,
    list_orders,
    list_orders_of_customer,
)
from app.faces.api.answers import answer
from app.faces.api.application import PREFIX
from app.faces.api.bearer import current_bearer, opened_by
from app.faces.api.schemas.account import OrderList, OrderSummary, PageQuery
from app.faces.api.schemas.manage import (
    ManagedOrder,
    ManagedProduct,
    ManagedProductList,
    OrderIdPath,
)
from app.faces.api.schemas.orders import OrderLine
from app.faces.shared.languages import current_language
from app.faces.shared.shops import current_scope, current_shop
from app.foundation.audit.rules import AuditKind
from app.foundation.unit_of_work import unit_of_work

PAGE_SIZE = 50
manage = APIBlueprint("manage", __name__, url_prefix=PREFIX, abp_tags=[Tag(name="Shop's people")])


@opened_by(
    OwnScope.SEE_OWN_ORDERS, manage.get, "/account/orders", "listOwnOrders", {200: OrderList}
)
def own_orders(query: PageQuery) -> Response:
    """List what the key's maker ordered in this shop, newest first."""
    with unit_of_work(current_scope()) as unit:
        customer_id = find_customer_id(unit, person_id=current_bearer().person_id)
        found = (
            list_orders_of_customer(
                unit, customer_id=customer_id, page=query.page, page_size=PAGE_SIZE
            )
            if customer_id
            else []
        )
    return _page(found, query.page)


def _page(found: list[OrderRecord], page: int) -> Response:
    shown = [OrderSummary.of(order) for order in found[:PAGE_SIZE]]
    return answer(OrderList(orders=shown, page=page, has_next=len(found) > PAGE_SIZE))


@opened_by(Permission.SEE_ORDERS, manage.get, "/manage/orders", "listShopOrders", {200: OrderList})
def orders(query: PageQuery) -> Response:
    """List the shop's orders, newest first; who ordered is not said here."""
    with unit_of_work(current_scope()) as unit:
        found = list_orders(unit, page=query.page, page_size=PAGE_SIZE)
    return _page(found, query.page)


@opened_by(
    Permission.SEE_ORDERS,
    manage.get,
    "/manage/orders/<uuid:order_id>",
    "getShopOrder",
    {200: ManagedOrder},
)
def order(path: OrderIdPath) -> Response:
    """Read an order with the buyer's address; the look is noted in the shop's log (FR-047)."""
    with unit_of_work(current_scope()) as unit:
        found = get_order(unit, path.order_id)
        contact = get_contact(unit, path.order_id)
        lines = list_lines(unit, path.order_id)
        unit.audit(
            actor=str(current_bearer().person_id), action="see_contact", object_kind="order",
            object_id=path.order_id, kind=AuditKind.ACCESS, method="token",
        )  # fmt: skip
    return answer(
        ManagedOrder(
            order=OrderSummary.of(found), lines=[OrderLine.of(line) for line in lines],
            email=contact.email, address=address_lines(contact.address),
        )
    )  # fmt: skip


@opened_by(
    Permission.SEE_PRODUCTS,
    manage.get,
    "/manage/products",
    "listShopProducts",
    {200: ManagedProductList},
)
def products(query: PageQuery) -> Response:
    """List the shop's products by title, published or not, with what can be bought of them."""
    currency = current_shop().currency
    with unit_of_work(current_scope()) as unit:
        found = list_products(unit, currency=currency, page=query.page, page_size=PAGE_SIZE)
        shown = found[:PAGE_SIZE]
        stock = list_availability(unit, variant_ids=[v.id for p in shown for v in p.variants])
    language = current_language()
    return answer(
        ManagedProductList(
            products=[ManagedProduct.of(product, stock, language) for product in shown],
            page=query.page, has_next=len(found) > PAGE_SIZE,
        )
    )  # fmt: skip

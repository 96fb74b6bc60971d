"""Baskets and their lines."""

from flask import Response
from flask_openapi3 import APIBlueprint, Tag

from app.domains.cart.operations import add_to_cart, create_cart, set_quantity
from app.domains.cart.queries import CartRecord, find_cart, view_cart
from app.faces.api.answers import answer
from app.faces.api.application import PREFIX
from app.faces.api.once import once
from app.faces.api.schemas.carts import (
    Cart,
    CartLinePath,
    CartPath,
    CartWanted,
    LineWanted,
    QuantityWanted,
)
from app.faces.shared.access import public
from app.faces.shared.languages import current_language
from app.faces.shared.shops import current_scope
from app.foundation.errors import NotFoundError
from app.foundation.unit_of_work import UnitOfWork, unit_of_work

carts = APIBlueprint("carts", __name__, url_prefix=f"{PREFIX}/carts", abp_tags=[Tag(name="Basket")])


def get_cart(unit: UnitOfWork, token: str) -> CartRecord:
    """Return the open basket that a secret belongs to. Raises NotFoundError."""
    cart = find_cart(unit, token=token)
    if cart is None:
        raise NotFoundError
    return cart


def _show(unit: UnitOfWork, token: str) -> Cart:
    view = view_cart(unit, get_cart(unit, token), language=current_language())
    return Cart.of(token, view)


@carts.post("", operation_id="createCart", responses={201: Cart})
@public
def create(body: CartWanted) -> Response:
    """Make a basket, with lines or empty."""

    def work(unit: UnitOfWork) -> Cart:
        new = create_cart(unit)
        for line in body.lines:
            add_to_cart(unit, cart_id=new.id, variant_id=line.variant_id, quantity=line.quantity)
        return _show(unit, new.token)

    return once(work, status=201)


@carts.get("/<cart>", operation_id="getCart", responses={200: Cart})
@public
def show(path: CartPath) -> Response:
    """Read a basket, with today's prices."""
    with unit_of_work(current_scope()) as unit:
        return answer(_show(unit, path.cart))


@carts.post("/<cart>/lines", operation_id="addLine", responses={200: Cart})
@public
def add(path: CartPath, body: LineWanted) -> Response:
    """Add so many of a variant to those that are there, up to 99."""

    def work(unit: UnitOfWork) -> Cart:
        cart = get_cart(unit, path.cart)
        add_to_cart(unit, cart_id=cart.id, variant_id=body.variant_id, quantity=body.quantity)
        return _show(unit, path.cart)

    return once(work)


@carts.put("/<cart>/lines/<variant_id>", operation_id="setLine", responses={200: Cart})
@public
def change(path: CartLinePath, body: QuantityWanted) -> Response:
    """Set how many of a variant there shall be; 0 removes the line."""
    return once(lambda unit: _set(unit, path, body.quantity))


@carts.delete("/<cart>/lines/<variant_id>", operation_id="removeLine", responses={200: Cart})
@public
def remove(path: CartLinePath) -> Response:
    """Remove a line."""
    return once(lambda unit: _set(unit, path, 0))


def _set(unit: UnitOfWork, path: CartLinePath, quantity: int) -> Cart:
    cart = get_cart(unit, path.cart)
    set_quantity(unit, cart_id=cart.id, variant_id=path.variant_id, quantity=quantity)
    return _show(unit, path.cart)

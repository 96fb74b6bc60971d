"""The basket: see it, add, change, remove, take back."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from app.domains.cart.errors import QuantityError
from app.domains.cart.operations import add_to_cart, set_quantity
from app.domains.cart.queries import view_cart
from app.domains.cart.rules import MOST_OF_ONE
from app.faces.shared.access import public
from app.faces.shared.languages import current_language
from app.faces.shared.shops import current_scope
from app.faces.storefront.carts import (
    ensure_cart,
    find_current_cart,
    set_cart_cookie,
)
from app.faces.storefront.shop import load_frame
from app.foundation.errors import NotFoundError
from app.foundation.identifiers import parse_id
from app.foundation.unit_of_work import unit_of_work

basket = Blueprint("basket", __name__)


@basket.get("/cart")
@public
def show() -> str:
    """Show the basket."""
    with unit_of_work(current_scope()) as unit:
        load_frame(unit)
        cart = view_cart(unit, find_current_cart(unit), language=current_language())
    return render_template("cart.html", cart=cart, undo=_undo())


def _undo() -> dict[str, Any] | None:
    """Return what was just removed, so that it can be put back."""
    variant_id, quantity = (
        parse_id(request.args.get("removed", "")),
        request.args.get("quantity", 1, type=int),
    )
    return {"variant_id": variant_id, "quantity": quantity} if variant_id else None


@basket.post("/cart/lines")
@public
def add() -> Any:
    """Put a piece into the basket."""
    variant_id = parse_id(request.form.get("variant_id", ""))
    quantity = _quantity(least=1)
    if variant_id is None:
        raise NotFoundError
    with unit_of_work(current_scope()) as unit:
        cart_id, token = ensure_cart(unit)
        add_to_cart(unit, cart_id=cart_id, variant_id=variant_id, quantity=quantity)
    response = redirect(url_for("basket.show"), 303)
    set_cart_cookie(response, token)
    return response


@basket.post("/cart/lines/<uuid:variant_id>")
@public
def change(variant_id: Any) -> Any:
    """Change how many of a piece are in the basket; 0 removes it, with a way back."""
    quantity = 0 if "remove" in request.form else _quantity(least=0)
    with unit_of_work(current_scope()) as unit:
        cart = find_current_cart(unit)
        if cart is None:
            raise NotFoundError
        set_quantity(unit, cart_id=cart.id, variant_id=variant_id, quantity=quantity)
    if quantity == 0:
        before = cart.quantities[variant_id]
        return redirect(url_for("basket.show", removed=variant_id, quantity=before), 303)
    flash(gettext("Your basket is up to date."))
    return redirect(url_for("basket.show"), 303)


def _quantity(*, least: int) -> int:
    quantity = request.form.get("quantity", "1")
    if (
        not quantity.isascii()
        or not quantity.isdigit()
        or not least <= int(quantity) <= MOST_OF_ONE
    ):
        raise QuantityError(most=MOST_OF_ONE)
    return int(quantity)

"""The basket: see it, add, change, remove, take back."""

import re
from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from app.domains.cart.errors import QuantityError
from app.domains.cart.operations import add_to_cart, set_quantity
from app.domains.cart.queries import view_cart
from app.domains.cart.rules import MOST_OF_ONE
from app.faces.shared.access import public
from app.faces.shared.languages import current_language
from app.faces.shared.sessions import current_visitor
from app.faces.shared.shops import current_scope
from app.faces.storefront.carts import (
    cart_token,
    ensure_cart,
    find_current_cart,
    forget_left_basket,
    set_cart_cookie,
)
from app.faces.storefront.shop import load_frame
from app.foundation.errors import NotFoundError
from app.foundation.idempotency import Answer, answer_once
from app.foundation.identifiers import parse_id
from app.foundation.unit_of_work import UnitOfWork, run_in_unit, unit_of_work

WHOLE_NUMBER = re.compile(r"[0-9]{1,9}")
KEY = re.compile(r"[0-9-]{16,64}")
basket = Blueprint("basket", __name__)
basket.before_request(forget_left_basket)


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
    """Put a piece into the basket; a form that is sent twice with its key is one."""
    variant_id = parse_id(request.form.get("variant_id", ""))
    quantity = _quantity(least=1)
    if variant_id is None:
        raise NotFoundError

    visitor = current_visitor()

    def put_in(unit: UnitOfWork) -> str:
        cart_id, token = ensure_cart(unit, person_id=visitor.person_id if visitor else None)
        add_to_cart(unit, cart_id=cart_id, variant_id=variant_id, quantity=quantity)
        return token

    response = redirect(url_for("basket.show"), 303)
    set_cart_cookie(response, _once(put_in))
    return response


def _once(work: Callable[[UnitOfWork], str]) -> str:
    """Do `work` once for the form's key and this basket; without JavaScript there is no key."""
    key = request.form.get("key", "")
    if not KEY.fullmatch(key):
        return run_in_unit(current_scope(), work)
    answer, _ = run_in_unit(
        current_scope(),
        lambda unit: answer_once(
            unit, key=f"{request.path} {cart_token()} {key}", request=str(sorted(request.form.items())),
            work=lambda: Answer(303, work(unit)),
        ),
    )  # fmt: skip
    return answer.body


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
    written = request.form.get("quantity", "1")
    if not WHOLE_NUMBER.fullmatch(written) or not least <= int(written) <= MOST_OF_ONE:
        raise QuantityError(most=MOST_OF_ONE)
    return int(written)

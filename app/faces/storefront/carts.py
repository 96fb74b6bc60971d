"""The basket of this browser, by its cookie."""

from uuid import UUID

from flask import request
from werkzeug.wrappers import Response

from app.domains.accounts.sessions.queries import find_visitor
from app.domains.cart.operations import create_cart, take_cart
from app.domains.cart.queries import CartRecord, find_cart
from app.faces.shared import cookies
from app.faces.shared.shops import current_scope
from app.foundation.database import directory_scope
from app.foundation.unit_of_work import UnitOfWork, unit_of_work

CART = "cart"
COOKIE_SECONDS = 30 * 24 * 60 * 60


def cart_token() -> str:
    """Return the secret of this browser's basket, empty where it has none."""
    return cookies.read_cookie(CART)


def find_current_cart(unit: UnitOfWork) -> CartRecord | None:
    """Return this browser's open basket."""
    token = cart_token()
    return find_cart(unit, token=token) if token else None


def ensure_cart(unit: UnitOfWork, *, person_id: UUID | None = None) -> tuple[UUID, str]:
    """Return this browser's basket, made where there is none, with the secret for its cookie.

    A new one is the signed-in person's from the start, with what they left elsewhere in it.
    """
    cart = find_current_cart(unit)
    if cart:
        return cart.id, cart_token()
    new = create_cart(unit)
    if person_id:
        take_cart(unit, person_id=person_id, token=new.token)
    return new.id, new.token


def bring_basket(response: Response, session_token: str) -> None:
    """Join this browser's basket with the one that the person left elsewhere, at sign-in."""
    with unit_of_work(directory_scope()) as unit:
        visitor = find_visitor(unit, token=session_token, host=request.host)
    if visitor is None:
        return
    with unit_of_work(current_scope()) as unit:
        token = take_cart(unit, person_id=visitor.person_id, token=cart_token())
    if token:
        set_cart_cookie(response, token)


def set_cart_cookie(response: Response, token: str) -> None:
    """Let the browser keep its basket."""
    cookies.set_cookie(response, CART, token, seconds=COOKIE_SECONDS)

"""The basket of this browser, by its cookie."""

from uuid import UUID

from flask import after_this_request, g, request
from werkzeug.wrappers import Response

from app.domains.accounts.sessions.queries import find_visitor
from app.domains.cart.operations import create_cart, take_cart
from app.domains.cart.queries import CartRecord, find_cart
from app.faces.shared import cookies
from app.faces.shared.sessions import current_visitor
from app.faces.shared.shops import current_scope
from app.foundation.database import directory_scope
from app.foundation.unit_of_work import UnitOfWork, unit_of_work

CART = "cart"
COOKIE_SECONDS = 30 * 24 * 60 * 60


def cart_token() -> str:
    """Return the secret of this browser's basket, empty where it has none."""
    return "" if g.get("is_basket_left") else cookies.read_cookie(CART)


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


def leave_basket(response: Response) -> None:
    """Let this browser forget a person's basket when they sign out; at sign-in it is theirs again.

    A basket that nobody's sign-in was joined with stays: the cookie of a session says which is which.
    """
    if cookies.read_cookie(cookies.SESSION):
        cookies.drop_cookie(response, CART)


def forget_left_basket() -> None:
    """Show nobody the basket of whoever signed out elsewhere: in another shop, on the marketplace.

    The next person at a shared computer would see it, with the address typed at its checkout. Whose
    sign-in is over by its age has no such cookie any more, and keeps the basket.
    """
    has_both = cookies.read_cookie(cookies.SESSION) and cookies.read_cookie(CART)
    if not has_both or request.endpoint == "sign_in.leave" or current_visitor():
        return
    g.is_basket_left = True

    @after_this_request
    def forget(response: Response) -> Response:
        cookies.drop_cookie(response, cookies.SESSION)
        name = f"{cookies.cookie_name(CART)}="
        if not any(each.startswith(name) for each in response.headers.getlist("Set-Cookie")):
            cookies.drop_cookie(response, CART)
        return response

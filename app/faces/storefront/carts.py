"""The basket of this browser, by its cookie."""

from uuid import UUID

from werkzeug.wrappers import Response

from app.domains.cart.operations import create_cart
from app.domains.cart.queries import CartRecord, find_cart
from app.faces.shared import cookies
from app.foundation.unit_of_work import UnitOfWork

CART = "cart"
COOKIE_SECONDS = 30 * 24 * 60 * 60


def cart_token() -> str:
    """Return the secret of this browser's basket, empty where it has none."""
    return cookies.read_cookie(CART)


def find_current_cart(unit: UnitOfWork) -> CartRecord | None:
    """Return this browser's open basket."""
    token = cart_token()
    return find_cart(unit, token=token) if token else None


def ensure_cart(unit: UnitOfWork) -> tuple[UUID, str]:
    """Return this browser's basket, made where there is none, with the secret for its cookie."""
    cart = find_current_cart(unit)
    if cart:
        return cart.id, cart_token()
    new = create_cart(unit)
    return new.id, new.token


def set_cart_cookie(response: Response, token: str) -> None:
    """Let the browser keep its basket."""
    cookies.set_cookie(response, CART, token, seconds=COOKIE_SECONDS)

"""The basket of this browser, by its cookie."""

from uuid import UUID

from flask import current_app, request
from werkzeug.wrappers import Response

from app.domains.cart.operations import create_cart
from app.domains.cart.queries import CartRecord, find_cart
from app.faces.shared.sessions import cookie_name
from app.foundation.configuration import Configuration
from app.foundation.unit_of_work import UnitOfWork

COOKIE_DAYS = 30


def cart_token() -> str:
    """Return the secret of this browser's basket, empty where it has none."""
    configuration: Configuration = current_app.config["GALLERIA"]
    return request.cookies.get(cookie_name(configuration, "cart"), "")


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
    configuration: Configuration = current_app.config["GALLERIA"]
    response.set_cookie(
        cookie_name(configuration, "cart"), token, max_age=COOKIE_DAYS * 86400,
        secure=configuration.is_secure, httponly=True, samesite="Lax", path="/",
    )  # fmt: skip

"""The basket of this browser: its cookie, and what its page shows."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import current_app, request
from werkzeug.wrappers import Response

from app.domains.cart.operations import create_cart
from app.domains.cart.queries import CartRecord, find_cart
from app.domains.catalog.queries import list_offers
from app.domains.inventory.queries import NOTHING, list_availability
from app.faces.shared.languages import current_language
from app.faces.shared.sessions import cookie_name
from app.foundation.configuration import Configuration
from app.foundation.money import Money, total
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


@dataclass(frozen=True, slots=True)
class CartLineView:
    """A line as the basket's page shows it; `notice` is gone, price_changed, few, or empty."""

    variant_id: UUID
    handle: str
    title: str
    variant_title: str
    picture: dict[str, Any] | None
    quantity: int
    unit_price: Money | None
    total: Money | None
    notice: str
    free: int


@dataclass(frozen=True, slots=True)
class CartView:
    """A basket as its page shows it."""

    lines: list[CartLineView]
    subtotal: Money

    @property
    def count(self) -> int:
        """How many pieces are in it."""
        return sum(line.quantity for line in self.lines)

    @property
    def can_be_bought(self) -> bool:
        """Whether every line can be bought as it stands."""
        return bool(self.lines) and all(line.notice not in {"gone", "few"} for line in self.lines)


def view_cart(unit: UnitOfWork, cart: CartRecord | None, currency: str) -> CartView:
    """Return what the basket's page shows, in two statements."""
    if cart is None or not cart.entries:
        return CartView([], Money(0, currency))
    ids = list(cart.quantities)
    offers = list_offers(unit, variant_ids=ids, currency=currency, language=current_language())
    stock = list_availability(unit, variant_ids=ids)
    lines = []
    for entry in cart.entries:
        offer = offers.get(entry.variant_id)
        free = stock.get(entry.variant_id, NOTHING).free
        lines.append(
            CartLineView(
                variant_id=entry.variant_id,
                handle=offer.handle if offer else "",
                title=offer.title if offer else "",
                variant_title=offer.variant_title if offer else "",
                picture=offer.picture if offer else None,
                quantity=entry.quantity,
                unit_price=offer.price if offer else None,
                total=offer.price * entry.quantity if offer else None,
                notice=_notice(offer, entry, free),
                free=free,
            )
        )
    return CartView(lines, total((line.total for line in lines if line.total), currency))


def _notice(offer: Any, entry: Any, free: int) -> str:
    if offer is None or free == 0:
        return "gone"
    if free < entry.quantity:
        return "few"
    return "price_changed" if offer.price.amount != entry.price_seen else ""

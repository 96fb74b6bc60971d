"""Reading baskets."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Select, bindparam, select

from app.domains.cart.models import Cart, CartLine
from app.domains.catalog.offers.queries import Offer, list_offers
from app.domains.inventory.queries import NOTHING, list_availability
from app.foundation.money import Money, total
from app.foundation.tokens import hash_token
from app.foundation.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class CartEntry:
    """A line as the buyer put it in; `price_seen` in minor units of the shop's currency."""

    variant_id: UUID
    quantity: int
    price_seen: int


@dataclass(frozen=True, slots=True)
class CartRecord:
    """A basket with its lines, in the order they were added."""

    id: UUID
    entries: tuple[CartEntry, ...]

    @property
    def quantities(self) -> dict[UUID, int]:
        """How many of each variant."""
        return {entry.variant_id: entry.quantity for entry in self.entries}


def find_cart(unit: UnitOfWork, *, token: str) -> CartRecord | None:
    """Return the open basket that a cookie's secret belongs to, in one statement."""
    rows = unit.connection.execute(_open_cart(), {"asked": hash_token(token)}).all()
    if not rows:
        return None
    entries = tuple(
        CartEntry(row.variant_id, row.quantity, row.price_seen) for row in rows if row.variant_id
    )
    return CartRecord(rows[0].id, entries)


@lru_cache(maxsize=1)
def _open_cart() -> Select[UUID, UUID, int, int]:
    """Return the statement, built once: every step of a purchase sends it."""
    return (
        select(Cart.id, CartLine.variant_id, CartLine.quantity, CartLine.price_seen)
        .outerjoin(CartLine, CartLine.cart_id == Cart.id)
        .where(Cart.token_hash == bindparam("asked"), Cart.state == "open")
        .order_by(CartLine.added_at, CartLine.variant_id)
    )


Notice = Literal["", "gone", "few", "price_changed"]
"""Gone: it cannot be bought; few: less is free than is wanted."""


@dataclass(frozen=True, slots=True)
class CartLineView:
    """A line as the buyer sees it."""

    variant_id: UUID
    handle: str
    title: str
    variant_title: str
    picture: dict[str, Any] | None
    quantity: int
    unit_price: Money | None
    total: Money | None
    notice: Notice
    free: int


@dataclass(frozen=True, slots=True)
class CartView:
    """A basket as the buyer sees it."""

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


def view_cart(unit: UnitOfWork, cart: CartRecord | None, *, language: str) -> CartView:
    """Return a basket with what its pieces cost and how many are free, in two statements."""
    currency = unit.currency
    if cart is None or not cart.entries:
        return CartView([], Money(0, currency))
    ids = list(cart.quantities)
    offers = list_offers(unit, variant_ids=ids, currency=currency, language=language)
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


def _notice(offer: Offer | None, entry: CartEntry, free: int) -> Notice:
    if offer is None or free == 0:
        return "gone"
    if free < entry.quantity:
        return "few"
    return "price_changed" if offer.price.amount != entry.price_seen else ""

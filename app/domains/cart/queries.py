"""Reading baskets."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from app.domains.cart.models import Cart, CartLine
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
    return _read(unit, Cart.token_hash == hash_token(token), Cart.state == "open")


def find_cart_by_id(unit: UnitOfWork, *, cart_id: UUID) -> CartRecord | None:
    """Return a basket by its id, in whatever state."""
    return _read(unit, Cart.id == cart_id)


def _read(unit: UnitOfWork, *conditions: object) -> CartRecord | None:
    rows = unit.session.execute(
        select(Cart.id, CartLine.variant_id, CartLine.quantity, CartLine.price_seen)
        .outerjoin(CartLine, CartLine.cart_id == Cart.id)
        .where(*conditions)  # type: ignore[arg-type]
        .order_by(CartLine.added_at, CartLine.variant_id)
    ).all()
    if not rows:
        return None
    entries = tuple(
        CartEntry(row.variant_id, row.quantity, row.price_seen) for row in rows if row.variant_id
    )
    return CartRecord(rows[0].id, entries)

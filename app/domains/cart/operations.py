"""Changing baskets."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from sqlalchemy import Select, Update, and_, bindparam, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.sql.dml import ReturningInsert, ReturningUpdate

from app.domains.cart.errors import CartClosedError, CartFullError, QuantityError
from app.domains.cart.models import Cart, CartLine
from app.domains.cart.rules import KEPT_FOR, MOST_LINES, MOST_OF_ONE
from app.domains.catalog.errors import ProductGoneError
from app.domains.catalog.offers.queries import find_price
from app.foundation.errors import NotFoundError
from app.foundation.identifiers import new_id, new_token
from app.foundation.statements import insertion
from app.foundation.tokens import hash_token
from app.foundation.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class NewCart:
    """A new basket; its secret goes into the cookie and is kept nowhere."""

    id: UUID
    token: str


def create_cart(unit: UnitOfWork) -> NewCart:
    """Make an empty basket."""
    cart = NewCart(new_id(), new_token())
    unit.connection.execute(
        insertion(Cart),
        {"id": cart.id, "token_hash": hash_token(cart.token), "state": "open",
         "created_at": unit.now, "touched_at": unit.now},
    )  # fmt: skip
    return cart


def add_to_cart(unit: UnitOfWork, *, cart_id: UUID, variant_id: UUID, quantity: int) -> int:
    """Add so many of a variant; return how many are in the basket now (at most 99).

    Raises QuantityError, CartClosedError, CartFullError, ProductGoneError where it cannot be
    bought.
    """
    if not 1 <= quantity <= MOST_OF_ONE:
        raise QuantityError(most=MOST_OF_ONE)
    _touch(unit, cart_id)
    price = find_price(unit, variant_id=variant_id)
    if price is None:
        raise ProductGoneError
    if _count_other_lines(unit, cart_id, variant_id) >= MOST_LINES:
        raise CartFullError(most=MOST_LINES)
    return unit.connection.execute(
        _adding(),
        {"cart_id": cart_id, "variant_id": variant_id, "quantity": quantity,
         "price_seen": price.amount, "added_at": unit.now},
    ).scalar_one()  # fmt: skip


@lru_cache(maxsize=1)
def _adding() -> ReturningInsert[int]:
    """Return the statement, built once; of a piece that is there already it adds to the line."""
    written = upsert(CartLine)
    sum_of_both = func.least(CartLine.quantity + written.excluded.quantity, MOST_OF_ONE)
    return written.on_conflict_do_update(
        index_elements=["cart_id", "variant_id"],
        set_={"quantity": sum_of_both, "price_seen": written.excluded.price_seen},
    ).returning(CartLine.quantity)


def _count_other_lines(unit: UnitOfWork, cart_id: UUID, variant_id: UUID) -> int:
    asked = {"asked": cart_id, "besides": variant_id}
    return unit.connection.execute(_other_lines(), asked).scalar_one()


@lru_cache(maxsize=1)
def _other_lines() -> Select[int]:
    return (
        select(func.count())
        .select_from(CartLine)
        .where(
            CartLine.cart_id == bindparam("asked"), CartLine.variant_id != bindparam("besides")
        )
    )  # fmt: skip


def _touch(unit: UnitOfWork, cart_id: UUID) -> None:
    """Note that a basket is in use, and lock it. Raises CartClosedError where it is an order."""
    touched = unit.connection.execute(_touching(), {"asked": cart_id, "touched_at": unit.now})
    if touched.first() is None:
        raise CartClosedError


@lru_cache(maxsize=1)
def _touching() -> ReturningUpdate[UUID]:
    is_open = Cart.id == bindparam("asked"), Cart.state == "open"
    return update(Cart).where(*is_open).returning(Cart.id)


def set_quantity(unit: UnitOfWork, *, cart_id: UUID, variant_id: UUID, quantity: int) -> None:
    """Set how many of a variant are in the basket; 0 removes it, as does one that is gone.

    The buyer has seen today's price by this. Raises QuantityError, CartClosedError, NotFoundError.
    """
    if not 0 <= quantity <= MOST_OF_ONE:
        raise QuantityError(most=MOST_OF_ONE)
    _touch(unit, cart_id)
    price = find_price(unit, variant_id=variant_id) if quantity else None
    line = (CartLine.cart_id == cart_id, CartLine.variant_id == variant_id)
    changed = (
        delete(CartLine).where(*line).returning(CartLine.variant_id)
        if price is None
        else update(CartLine)
        .where(*line)
        .values(quantity=quantity, price_seen=price.amount)
        .returning(CartLine.variant_id)
    )
    if unit.connection.execute(changed).first() is None:
        raise NotFoundError


def take_cart(unit: UnitOfWork, *, person_id: UUID, token: str) -> str:
    """Make this browser's basket the person's, joined with the one they left elsewhere.

    Of a piece that is in both the larger quantity counts: it was meant once, and the sum would
    order it twice. Nothing is lost, up to 99 of one piece and 200 lines, the newest first.
    `token` is the browser's secret, which may be empty or open nothing; returns the secret that
    opens the basket from now on, empty where there is nothing in either.
    """
    _one_at_a_time(unit, person_id)
    here = unit.connection.execute(
        select(Cart.id).where(Cart.token_hash == hash_token(token), Cart.state == "open")
    ).scalar_one_or_none()
    mine = [Cart.person_id == person_id, Cart.state == "open"]
    carts = unit.connection.execute(
        select(Cart.id, Cart.person_id)
        .where((Cart.id == here) | and_(*mine))
        .order_by(Cart.id)
        .with_for_update()
    ).all()
    owned = {cart.id: cart.person_id for cart in carts}
    if here in owned and owned[here] not in {None, person_id}:
        here, token = None, ""
    others = [cart_id for cart_id, owner in owned.items() if owner == person_id and cart_id != here]
    if here is None or here not in owned:
        if not others:
            return ""
        here, token = others.pop(), new_token()
    _join_lines(unit, here, others)
    unit.connection.execute(
        update(Cart)
        .where(Cart.id == here)
        .values(person_id=person_id, token_hash=hash_token(token), touched_at=unit.now)
    )
    return token


def _one_at_a_time(unit: UnitOfWork, person_id: UUID) -> None:
    """Let two browsers of one person wait for each other: neither sees the other's basket yet."""
    halves = person_id.bytes[:8], person_id.bytes[8:]
    first, last = (int.from_bytes(half, signed=True) for half in halves)
    unit.connection.execute(select(func.pg_advisory_xact_lock(first ^ last)))


def _join_lines(unit: UnitOfWork, into: UUID, others: Sequence[UUID]) -> None:
    """Move the lines of other baskets into one, and drop the others."""
    if not others:
        return
    rows = unit.connection.execute(
        select(CartLine.variant_id, CartLine.quantity, CartLine.price_seen, CartLine.added_at)
        .where(CartLine.cart_id.in_(others))
        .order_by(CartLine.quantity)
    ).mappings()
    lines = {row["variant_id"]: dict(row) for row in rows}
    room = max(0, MOST_LINES - _count_lines_besides(unit, into, list(lines)))
    newest = sorted(lines.values(), key=lambda line: line["added_at"], reverse=True)[:room]
    if newest:
        written = upsert(CartLine).values([{"cart_id": into, **line} for line in newest])
        unit.connection.execute(
            written.on_conflict_do_update(
                index_elements=["cart_id", "variant_id"],
                set_={"quantity": func.greatest(CartLine.quantity, written.excluded.quantity)},
            )
        )
    unit.connection.execute(delete(Cart).where(Cart.id.in_(others)))


def _count_lines_besides(unit: UnitOfWork, cart_id: UUID, variant_ids: Sequence[UUID]) -> int:
    return unit.connection.execute(
        select(func.count())
        .select_from(CartLine)
        .where(CartLine.cart_id == cart_id, CartLine.variant_id.not_in(variant_ids))
    ).scalar_one()


def mark_ordered(unit: UnitOfWork, *, cart_id: UUID) -> None:
    """Close a basket that has been paid for; the next visit gets a new one."""
    unit.connection.execute(_changing(), {"asked": cart_id, "state": "ordered"})


@lru_cache(maxsize=1)
def _changing() -> Update:
    return update(Cart).where(Cart.id == bindparam("asked"))


def forget_carts(unit: UnitOfWork, *, cart_ids: Sequence[UUID]) -> None:
    """Drop a person's baskets; one that became an order stays, and is nobody's any more."""
    theirs = Cart.id.in_(cart_ids)
    unit.connection.execute(delete(Cart).where(theirs, Cart.state == "open"))
    unit.connection.execute(update(Cart).where(theirs).values(person_id=None))


def drop_old_carts(unit: UnitOfWork, *, limit: int = 500) -> int:
    """Remove open baskets that nobody touched for a month; return how many."""
    old = (
        select(Cart.id)
        .where(Cart.state == "open", Cart.touched_at < unit.now - KEPT_FOR)
        .limit(limit)
    )
    return len(
        unit.connection.execute(delete(Cart).where(Cart.id.in_(old)).returning(Cart.id)).all()
    )

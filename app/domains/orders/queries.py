"""Reading orders."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import and_, bindparam, func, or_, select

from app.domains.orders.models import Order, OrderContact, OrderEvent, OrderLine, OrderLink
from app.domains.orders.operations import Contact
from app.domains.orders.rules import FulfilmentStanding, PaymentStanding
from app.foundation.errors import NotFoundError
from app.foundation.models import SealingKey
from app.foundation.money import Money
from app.foundation.sealing import email_indexes
from app.foundation.tokens import hash_token
from app.foundation.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class LineRecord:
    """A line as sold."""

    variant_id: UUID
    title: str
    variant_title: str
    sku: str
    picture: dict[str, Any] | None
    quantity: int
    unit_price: Money
    total: Money
    tax: Money


@dataclass(frozen=True, slots=True)
class OrderRecord:
    """An order without the buyer's data."""

    id: UUID
    number: str
    payment_state: PaymentStanding
    fulfilment_state: FulfilmentStanding
    subtotal: Money
    shipping: Money
    tax: Money
    total: Money
    tax_percent: Decimal
    shipping_name: str
    country: str
    language: str
    placed_at: datetime
    confirmed_at: datetime | None
    customer_id: UUID | None = None

    @property
    def is_confirmed(self) -> bool:
        """Whether the order is paid and stands."""
        return self.payment_state is PaymentStanding.CONFIRMED


def get_order(unit: UnitOfWork, order_id: UUID, *, for_update: bool = False) -> OrderRecord:
    """Return an order, locked until the commit where asked. Raises NotFoundError."""
    row = unit.connection.execute(_order_by_id(is_locked=for_update), {"asked": order_id}).first()
    if row is None:
        raise NotFoundError
    return _record(row)


def find_order_by_token(unit: UnitOfWork, *, token: str) -> OrderRecord | None:
    """Return the order that a status link belongs to."""
    row = unit.connection.execute(_order_by_token(), {"asked": hash_token(token)}).first()
    return _record(row) if row else None


@lru_cache(maxsize=2)
def _order_by_id(*, is_locked: bool) -> Any:
    """Return the statement, built once: a purchase reads its order again and again."""
    statement = _orders().where(Order.id == bindparam("asked"))
    return statement.with_for_update() if is_locked else statement


@lru_cache(maxsize=1)
def _order_by_token() -> Any:
    links = _orders().join(OrderLink, OrderLink.order_id == Order.id)
    return links.where(OrderLink.token_hash == bindparam("asked"))


def list_lines(unit: UnitOfWork, order_id: UUID) -> list[LineRecord]:
    """Return an order's lines as sold."""
    rows = unit.connection.execute(_lines_of(), {"asked": order_id})
    return [
        LineRecord(
            variant_id, title, variant_title, sku, picture, quantity,
            Money(unit_price, currency), Money(line_total, currency), Money(tax, currency),
        )
        for variant_id, title, variant_title, sku, picture, quantity, unit_price, line_total, tax,
            currency in rows
    ]  # fmt: skip


@lru_cache(maxsize=1)
def _lines_of() -> Any:
    return (
        select(
            OrderLine.variant_id, OrderLine.title, OrderLine.variant_title, OrderLine.sku,
            OrderLine.picture, OrderLine.quantity, OrderLine.unit_price, OrderLine.total,
            OrderLine.tax, Order.currency,
        )
        .join(Order, Order.id == OrderLine.order_id)
        .where(OrderLine.order_id == bindparam("asked"))
        .order_by(OrderLine.line)
    )  # fmt: skip


def get_contact(unit: UnitOfWork, order_id: UUID) -> Contact:
    """Return who ordered and where it goes, empty once erased. Raises NotFoundError."""
    row = unit.session.execute(
        select(OrderContact.email, OrderContact.address).where(OrderContact.order_id == order_id)
    ).first()
    if row is None:
        raise NotFoundError
    if row.email is None or row.address is None:
        return Contact("", {})
    return Contact(row.email, json.loads(row.address))


def list_orders(
    unit: UnitOfWork, *, only: tuple[PaymentStanding, ...] = (), number: str = "", page: int = 1,
    page_size: int = 50,
) -> list[OrderRecord]:  # fmt: skip
    """Return orders, newest first; of some states or all; whose number begins with `number`."""
    query = _orders().order_by(Order.placed_at.desc(), Order.id)
    if only:
        query = query.where(Order.payment_state.in_([state.value for state in only]))
    if number:
        query = query.where(Order.number.startswith(number.strip().upper(), autoescape=True))
    rows = unit.connection.execute(query.limit(page_size + 1).offset((page - 1) * page_size))
    return [_record(row) for row in rows]


def list_orders_of_customer(
    unit: UnitOfWork, *, customer_id: UUID, page: int = 1, page_size: int = 50
) -> list[OrderRecord]:
    """Return a customer's own orders, newest first, one more than a page."""
    rows = unit.connection.execute(
        _orders()
        .where(Order.customer_id == customer_id)
        .order_by(Order.placed_at.desc(), Order.id)
        .limit(page_size + 1)
        .offset((page - 1) * page_size)
    )
    return [_record(row) for row in rows]


def get_order_of_customer(unit: UnitOfWork, *, customer_id: UUID, order_id: UUID) -> OrderRecord:
    """Return one of a customer's own orders. Raises NotFoundError, for another's too."""
    row = unit.connection.execute(
        _orders().where(Order.id == order_id, Order.customer_id == customer_id)
    ).first()
    if row is None:
        raise NotFoundError
    return _record(row)


def has_contact_under(unit: UnitOfWork, *, owner: bytes) -> bool:
    """Whether an order's contact stands under an address's blind index, or is sealed with its key."""
    keys = select(SealingKey.id).where(SealingKey.owner == owner)
    theirs = (OrderContact.email_index == owner) | OrderContact.key_id.in_(keys)
    query = select(OrderContact.order_id).where(theirs, OrderContact.email_index != b"").limit(1)
    return unit.session.execute(query).first() is not None


def has_guest_orders(unit: UnitOfWork, *, email: str) -> bool:
    """Whether somebody ordered here as a guest with this address."""
    found = unit.session.execute(
        select(Order.id)
        .join(OrderContact, OrderContact.order_id == Order.id)
        .where(
            OrderContact.email_index.in_(email_indexes(email)),
            Order.customer_id.is_(None),
        )
        .limit(1)
    ).first()
    return found is not None


def list_orders_under_way(
    unit: UnitOfWork, *, state: FulfilmentStanding, limit: int = 1000
) -> list[UUID]:
    """Return orders whose goods stand in this state, longest first."""
    return list(
        unit.session.execute(
            select(Order.id)
            .where(Order.fulfilment_state == state.value)
            .order_by(Order.changed_at)
            .limit(limit)
        ).scalars()
    )


def list_unfinished_orders(unit: UnitOfWork, *, order_ids: Iterable[UUID]) -> list[str]:
    """Return the numbers of those orders that wait for money or goods, or whose money is held."""
    waiting = (PaymentStanding.AWAITING.value, PaymentStanding.AUTHORISED.value)
    on_the_way = and_(
        Order.payment_state == PaymentStanding.CONFIRMED.value,
        Order.fulfilment_state != FulfilmentStanding.RELEASED.value,
    )
    return list(
        unit.session.execute(
            select(Order.number)
            .where(Order.id.in_(list(order_ids)), or_(Order.payment_state.in_(waiting), on_the_way))
            .order_by(Order.placed_at)
        ).scalars()
    )


def list_fulfilment_states(
    unit: UnitOfWork, order_ids: Iterable[UUID]
) -> dict[UUID, FulfilmentStanding]:
    """Return how the goods of orders stand, by id."""
    rows = unit.session.execute(
        select(Order.id, Order.fulfilment_state).where(Order.id.in_(list(order_ids)))
    )
    return {row.id: FulfilmentStanding(row.fulfilment_state) for row in rows}


@dataclass(frozen=True, slots=True)
class OrderFigures:
    """How a shop sells: confirmed orders since a day, what they came to, and what waits."""

    confirmed: int
    sold: Money
    to_be_sent: int


def get_order_figures(unit: UnitOfWork, *, since: datetime, currency: str) -> OrderFigures:
    """Return a shop's figures in its currency; what waits is counted whenever it was ordered."""
    is_confirmed = Order.payment_state == PaymentStanding.CONFIRMED.value
    is_new = and_(Order.placed_at >= since, is_confirmed, Order.currency == currency)
    waits = and_(is_confirmed, Order.fulfilment_state == FulfilmentStanding.READY.value)
    found = unit.session.execute(
        select(
            func.count().filter(is_new),
            func.coalesce(func.sum(Order.total).filter(is_new), 0),
            func.count().filter(waits),
        ).where(or_(Order.placed_at >= since, waits))
    ).one()
    return OrderFigures(found[0], Money(int(found[1]), currency), found[2])


def find_order_id(unit: UnitOfWork, *, number: str) -> UUID | None:
    """Return the order with exactly this number, in capitals or not."""
    query = select(Order.id).where(Order.number == number.strip().upper())
    return unit.session.execute(query).scalar_one_or_none()


def list_order_numbers(unit: UnitOfWork, order_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Return the numbers of orders, by id."""
    rows = unit.session.execute(select(Order.id, Order.number).where(Order.id.in_(list(order_ids))))
    return {row.id: row.number for row in rows}


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened to an order."""

    event: str
    happened_at: datetime


OF_THE_SELLER = ("released",)
"""What happens between the platform and the seller; it is nothing to the buyer."""


def list_happenings(
    unit: UnitOfWork, order_id: UUID, *, is_for_seller: bool = False
) -> list[Happening]:
    """Return what happened to an order, in order."""
    hidden = () if is_for_seller else OF_THE_SELLER
    rows = unit.session.execute(
        select(OrderEvent.event, OrderEvent.happened_at)
        .where(OrderEvent.order_id == order_id, OrderEvent.event.not_in(hidden))
        .order_by(OrderEvent.happened_at, OrderEvent.id)
    )
    return [Happening(*row) for row in rows]


def _orders() -> Any:
    return select(
        Order.id, Order.number, Order.payment_state, Order.fulfilment_state, Order.currency,
        Order.subtotal, Order.shipping, Order.tax, Order.total, Order.tax_percent,
        Order.shipping_name, Order.country, Order.language, Order.placed_at, Order.confirmed_at,
        Order.customer_id,
    )  # fmt: skip


def _record(row: Any) -> OrderRecord:
    (order_id, number, payment_state, fulfilment_state, currency, subtotal, shipping, tax, total,
     tax_percent, *rest) = row  # fmt: skip
    return OrderRecord(
        order_id, number, PaymentStanding(payment_state), FulfilmentStanding(fulfilment_state),
        Money(subtotal, currency), Money(shipping, currency), Money(tax, currency),
        Money(total, currency), tax_percent.normalize(), *rest,
    )  # fmt: skip

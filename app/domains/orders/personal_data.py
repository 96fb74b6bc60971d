"""What orders hold of their buyers. The order stays, as tax law demands; who it was goes."""

from flask_babel import lazy_gettext
from sqlalchemy import ColumnElement, and_, or_, select

from app.domains.orders.models import Order, OrderContact, OrderEvent, OrderLine, OrderLink
from app.domains.orders.operations import forget_contacts
from app.foundation.personal_data import By, Delete, Holding, Keep, Subject
from app.foundation.unit_of_work import UnitOfWork

TAX = lazy_gettext("The books must be kept for tax; there is no name in them.")


def _is_theirs(who: Subject) -> ColumnElement[bool]:
    """Orders of the person as a customer, and as a guest with an address that is proved theirs."""
    written_to = select(OrderContact.order_id).where(
        OrderContact.email_index.in_(who.email_indexes)
    )
    as_guest = and_(
        Order.customer_id.is_(None), Order.placed_at < who.until, Order.id.in_(written_to)
    )
    return or_(Order.customer_id.in_(who.of("customer")), Order.id.in_(who.of("order")), as_guest)


def _forget(unit: UnitOfWork, who: Subject) -> None:
    forget_contacts(unit, order_ids=who.of("order"))


HOLDINGS = (
    Holding(
        table=Order,
        title=lazy_gettext("Your orders"),
        find=_is_theirs,
        gives="order",
        is_root=True,
        exported=(
            "number", "placed_at", "confirmed_at", "payment_state", "fulfilment_state", "currency",
            "subtotal", "shipping", "tax", "tax_percent", "total", "shipping_name", "country",
            "language",
        ),
        erasure=Keep(TAX),
        untold={"customer_id": "an id inside the shop, which says nothing"},
        kept={"customer_id": "names nobody any more once the customer is removed"},
    ),
    Holding(
        table=OrderLine,
        title=lazy_gettext("What you ordered"),
        find=lambda who: OrderLine.order_id.in_(who.of("order")),
        exported=("order_id", "title", "variant_title", "sku", "quantity", "unit_price", "total"),
        erasure=Keep(TAX),
    ),
    Holding(
        table=OrderContact,
        title=lazy_gettext("Where your orders went"),
        find=lambda who: OrderContact.order_id.in_(who.of("order")),
        gives="contact",
        gives_column="order_id",
        key_owner_column="email_index",
        exported=("order_id", "email", "address"),
        erasure=By(_forget, columns=("email", "email_index", "address")),
        untold={"email_index": "a fingerprint of the address, which is exported"},
    ),
    Holding(
        table=OrderEvent,
        title=lazy_gettext("What happened to your orders"),
        find=lambda who: OrderEvent.order_id.in_(who.of("order")),
        exported=("order_id", "event", "happened_at"),
        erasure=Keep(TAX),
    ),
    Holding(
        table=OrderLink,
        title=lazy_gettext("Links to your orders"),
        find=lambda who: OrderLink.order_id.in_(who.of("order")),
        exported=("order_id", "made_at"),
        erasure=Delete(),
    ),
)  # fmt: skip

"""Mails to buyers that follow events."""

from collections.abc import Callable
from uuid import UUID

from app.domains.fulfilment.events import MoneyReturned, ShipmentSent
from app.domains.fulfilment.shipments import list_shipments
from app.domains.notifications.operations import send_once
from app.domains.notifications.ports import (
    Mail,
    MailWriter,
    OrderFacts,
    ParcelFacts,
    RefundFacts,
)
from app.domains.orders.events import OrderConfirmed
from app.domains.orders.operations import make_order_link
from app.domains.orders.queries import get_contact, get_order, list_lines
from app.domains.payments.refunds.queries import get_refund
from app.foundation.database import ShopScope
from app.foundation.ports import port
from app.foundation.unit_of_work import UnitOfWork

ORDER_CONFIRMED = "order_confirmed"
PARCEL_SENT = "parcel_sent"
MONEY_RETURNED = "money_returned"


def mail_confirmation(scope: ShopScope, event: OrderConfirmed) -> None:
    """Mail the buyer that the order stands (FR-010), within a minute (SC-007)."""

    def write(unit: UnitOfWork) -> Callable[[], Mail]:
        facts = _facts(unit, scope, event.order_id)
        return lambda: port(MailWriter).order_confirmed(facts)

    send_once(scope, kind=ORDER_CONFIRMED, subject_id=event.order_id, write=write)


def mail_shipment(scope: ShopScope, event: ShipmentSent) -> None:
    """Mail the buyer that a parcel is on its way."""

    def write(unit: UnitOfWork) -> Callable[[], Mail]:
        sent = list_shipments(unit, order_id=event.order_id)
        parcel = next(each for each in sent if each.id == event.shipment_id)
        facts = ParcelFacts(
            _facts(unit, scope, event.order_id), parcel.carrier, parcel.tracking_number,
            parcel.pieces, parcel.id,
        )  # fmt: skip
        return lambda: port(MailWriter).parcel_sent(facts)

    send_once(scope, kind=PARCEL_SENT, subject_id=event.shipment_id, write=write)


def mail_refund(scope: ShopScope, event: MoneyReturned) -> None:
    """Mail the buyer that money goes back to them."""

    def write(unit: UnitOfWork) -> Callable[[], Mail]:
        refund = get_refund(unit, event.refund_id)
        facts = RefundFacts(_facts(unit, scope, event.order_id), refund.amount, refund.id)
        return lambda: port(MailWriter).money_returned(facts)

    send_once(scope, kind=MONEY_RETURNED, subject_id=event.refund_id, write=write)


def _facts(unit: UnitOfWork, scope: ShopScope, order_id: UUID) -> OrderFacts:
    return OrderFacts(
        scope,
        get_order(unit, order_id),
        list_lines(unit, order_id),
        get_contact(unit, order_id),
        make_order_link(unit, order_id=order_id),
    )

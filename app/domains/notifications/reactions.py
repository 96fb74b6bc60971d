"""Mails that follow events.

A crash between handing a mail over and noting it sends it again, with the same Message-ID.
"""

from collections.abc import Callable
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from app.domains.fulfilment.events import MoneyReturned, ShipmentSent
from app.domains.fulfilment.shipments import list_shipments
from app.domains.notifications.models import SentMessage
from app.domains.notifications.ports import (
    Mail,
    Mailer,
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
from app.foundation.unit_of_work import UnitOfWork, unit_of_work

ORDER_CONFIRMED = "order_confirmed"
PARCEL_SENT = "parcel_sent"
MONEY_RETURNED = "money_returned"


def mail_confirmation(scope: ShopScope, event: OrderConfirmed) -> None:
    """Mail the buyer that the order stands (FR-010), within a minute (SC-007)."""

    def write(unit: UnitOfWork) -> Callable[[], Mail]:
        facts = _facts(unit, scope, event.order_id)
        return lambda: port(MailWriter).order_confirmed(facts)

    _send_once(scope, ORDER_CONFIRMED, event.order_id, write)


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

    _send_once(scope, PARCEL_SENT, event.shipment_id, write)


def mail_refund(scope: ShopScope, event: MoneyReturned) -> None:
    """Mail the buyer that money goes back to them."""

    def write(unit: UnitOfWork) -> Callable[[], Mail]:
        refund = get_refund(unit, event.refund_id)
        facts = RefundFacts(_facts(unit, scope, event.order_id), refund.amount, refund.id)
        return lambda: port(MailWriter).money_returned(facts)

    _send_once(scope, MONEY_RETURNED, event.refund_id, write)


def _facts(unit: UnitOfWork, scope: ShopScope, order_id: UUID) -> OrderFacts:
    return OrderFacts(
        scope,
        get_order(unit, order_id),
        list_lines(unit, order_id),
        get_contact(unit, order_id),
        make_order_link(unit, order_id=order_id),
    )


def _send_once(
    scope: ShopScope,
    kind: str,
    subject_id: UUID,
    write: Callable[[UnitOfWork], Callable[[], Mail]],
) -> None:
    """Gather the facts in one unit, write and send outside of it, and note it in another."""
    with unit_of_work(scope) as unit:
        if _is_sent(unit, kind, subject_id):
            return
        written = write(unit)
    mail = written()
    if mail.to:  # nobody is left to tell once the buyer was erased
        port(Mailer).send(mail)
    with unit_of_work(scope) as unit:
        unit.session.execute(
            update(SentMessage)
            .where(SentMessage.kind == kind, SentMessage.subject_id == subject_id)
            .values(state="sent", sent_at=unit.now)
        )


def _is_sent(unit: UnitOfWork, kind: str, subject_id: UUID) -> bool:
    unit.session.execute(
        insert(SentMessage)
        .values(kind=kind, subject_id=subject_id, state="writing", written_at=unit.now)
        .on_conflict_do_nothing()
    )
    state = unit.session.execute(
        select(SentMessage.state)
        .where(SentMessage.kind == kind, SentMessage.subject_id == subject_id)
        .with_for_update()
    ).scalar_one()
    return state == "sent"

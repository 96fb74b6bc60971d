"""Mails that follow events."""

from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from app.domains.notifications.models import SentMessage
from app.domains.notifications.ports import Mailer, MailWriter, OrderFacts
from app.domains.orders.events import OrderConfirmed
from app.domains.orders.operations import make_order_link
from app.domains.orders.queries import get_contact, get_order, list_lines
from app.foundation.database import ShopScope
from app.foundation.ports import port
from app.foundation.unit_of_work import UnitOfWork, unit_of_work

ORDER_CONFIRMED = "order_confirmed"


def mail_confirmation(scope: ShopScope, event: OrderConfirmed) -> None:
    """Mail the buyer that the order stands (FR-010), within a minute (SC-007).

    A crash between handing the mail over and noting it sends it again, with the same Message-ID.
    """
    with unit_of_work(scope) as unit:
        if _is_sent(unit, event.order_id):
            return
        facts = OrderFacts(
            scope,
            get_order(unit, event.order_id),
            list_lines(unit, event.order_id),
            get_contact(unit, event.order_id),
            make_order_link(unit, order_id=event.order_id),
        )
    port(Mailer).send(port(MailWriter).order_confirmed(facts))
    with unit_of_work(scope) as unit:
        unit.session.execute(
            update(SentMessage)
            .where(SentMessage.kind == ORDER_CONFIRMED, SentMessage.subject_id == event.order_id)
            .values(state="sent", sent_at=unit.now)
        )


def _is_sent(unit: UnitOfWork, order_id: UUID) -> bool:
    unit.session.execute(
        insert(SentMessage)
        .values(kind=ORDER_CONFIRMED, subject_id=order_id, state="writing", written_at=unit.now)
        .on_conflict_do_nothing()
    )
    state = unit.session.execute(
        select(SentMessage.state)
        .where(SentMessage.kind == ORDER_CONFIRMED, SentMessage.subject_id == order_id)
        .with_for_update()
    ).scalar_one()
    return state == "sent"

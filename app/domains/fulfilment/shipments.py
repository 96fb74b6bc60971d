"""Parcels: sent, taken back within some minutes, then told to the buyer."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, insert, select, update

from app.domains.fulfilment.errors import (
    NothingToSendError,
    NotToBeSentError,
    TooLateToUndoError,
    TrackingInvalidError,
)
from app.domains.fulfilment.events import ShipmentSent
from app.domains.fulfilment.models import Shipment, ShipmentLine
from app.domains.fulfilment.rules import LONGEST_TEXT, UNDO_FOR, count_left, is_within
from app.domains.orders.operations import step_fulfilment
from app.domains.orders.queries import get_order, list_lines
from app.domains.orders.rules import FulfilmentStanding, PaymentStanding
from app.foundation.errors import NotFoundError
from app.foundation.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class ShipmentRecord:
    """A parcel; `pieces` by the number of the order's line."""

    id: UUID
    order_id: UUID
    carrier: str
    tracking_number: str
    sent_at: datetime
    is_announced: bool
    pieces: dict[int, int]


def send_pieces(
    unit: UnitOfWork,
    *,
    order_id: UUID,
    shipment_id: UUID,
    pieces: dict[int, int],
    carrier: str,
    tracking_number: str,
    sent_by: str,
) -> None:
    """Note that pieces left, by line; the same `shipment_id` again changes nothing.

    Raises NotFoundError, NotToBeSentError, TrackingInvalidError, NothingToSendError.
    """
    order = get_order(unit, order_id, for_update=True)
    if _is_known(unit, shipment_id):
        return
    if order.payment_state is not PaymentStanding.CONFIRMED:
        raise NotToBeSentError
    if not 0 < len(carrier) <= LONGEST_TEXT or len(tracking_number) > LONGEST_TEXT:
        raise TrackingInvalidError
    left = count_pieces_left(unit, order_id=order_id)
    if not is_within(pieces, left):
        raise NothingToSendError
    unit.session.execute(
        insert(Shipment).values(
            id=shipment_id, order_id=order_id, carrier=carrier, tracking_number=tracking_number,
            sent_by=sent_by, sent_at=unit.now,
        )
    )  # fmt: skip
    unit.session.execute(
        insert(ShipmentLine).values(
            [
                {"shipment_id": shipment_id, "line": line, "quantity": quantity}
                for line, quantity in pieces.items()
            ]
        )
    )
    unit.audit(actor=sent_by, action="send", object_kind="shipment", object_id=shipment_id)
    if not any(count_left(left, [pieces]).values()):
        step_fulfilment(
            unit, order_id=order_id, state=order.fulfilment_state, to=FulfilmentStanding.SHIPPED
        )


def _is_known(unit: UnitOfWork, shipment_id: UUID) -> bool:
    known = unit.session.execute(select(Shipment.id).where(Shipment.id == shipment_id)).first()
    return known is not None


def undo_shipment(unit: UnitOfWork, *, order_id: UUID, shipment_id: UUID, actor: str) -> None:
    """Take a shipment back that the buyer has not been told of; again changes nothing.

    Raises NotFoundError, TooLateToUndoError.
    """
    order = get_order(unit, order_id, for_update=True)
    row = unit.session.execute(
        select(Shipment.announced_at, Shipment.undone_at, Shipment.sent_at)
        .where(Shipment.id == shipment_id, Shipment.order_id == order_id)
        .with_for_update()
    ).first()
    if row is None:
        raise NotFoundError
    if row.undone_at is not None:
        return
    if row.announced_at is not None or unit.now >= row.sent_at + UNDO_FOR:
        raise TooLateToUndoError
    unit.session.execute(
        update(Shipment).where(Shipment.id == shipment_id).values(undone_at=unit.now)
    )
    unit.audit(actor=actor, action="undo", object_kind="shipment", object_id=shipment_id)
    if order.fulfilment_state is FulfilmentStanding.SHIPPED:
        step_fulfilment(
            unit, order_id=order_id, state=order.fulfilment_state, to=FulfilmentStanding.READY
        )


def announce_shipments(unit: UnitOfWork) -> int:
    """Let the buyers know of parcels that can no longer be taken back; return how many."""
    rows = unit.session.execute(
        select(Shipment.id, Shipment.order_id)
        .where(
            Shipment.announced_at.is_(None), Shipment.undone_at.is_(None),
            Shipment.sent_at <= unit.now - UNDO_FOR,
        )
        .with_for_update(skip_locked=True)
    ).all()  # fmt: skip
    for row in rows:
        unit.session.execute(
            update(Shipment).where(Shipment.id == row.id).values(announced_at=unit.now)
        )
        unit.record(ShipmentSent(order_id=row.order_id, shipment_id=row.id))
    return len(rows)


def list_shipments(unit: UnitOfWork, *, order_id: UUID) -> list[ShipmentRecord]:
    """Return an order's parcels that were not taken back, oldest first."""
    rows = unit.session.execute(
        select(Shipment)
        .where(Shipment.order_id == order_id, Shipment.undone_at.is_(None))
        .order_by(Shipment.sent_at, Shipment.id)
    ).scalars().all()  # fmt: skip
    pieces: dict[UUID, dict[int, int]] = defaultdict(dict)
    lines = unit.session.execute(
        select(ShipmentLine.shipment_id, ShipmentLine.line, ShipmentLine.quantity).where(
            ShipmentLine.shipment_id.in_([row.id for row in rows])
        )
    )
    for shipment_id, line, quantity in lines:
        pieces[shipment_id][line] = quantity
    return [
        ShipmentRecord(
            row.id, row.order_id, row.carrier, row.tracking_number, row.sent_at,
            row.announced_at is not None, pieces[row.id],
        )
        for row in rows
    ]  # fmt: skip


def count_pieces_left(unit: UnitOfWork, *, order_id: UUID) -> dict[int, int]:
    """Return how many of each line, by its number, are still to be sent."""
    sold = {
        number: line.quantity for number, line in enumerate(list_lines(unit, order_id), start=1)
    }
    return count_left(sold, [each.pieces for each in list_shipments(unit, order_id=order_id)])


def find_last_sent(unit: UnitOfWork, *, order_id: UUID) -> datetime | None:
    """Return when the last parcel of an order left."""
    return unit.session.execute(
        select(func.max(Shipment.sent_at)).where(
            Shipment.order_id == order_id, Shipment.undone_at.is_(None)
        )
    ).scalar_one()


def list_last_sent(unit: UnitOfWork, *, order_ids: list[UUID]) -> dict[UUID, datetime]:
    """Return when the last parcel of each of these orders left."""
    rows = unit.session.execute(
        select(Shipment.order_id, func.max(Shipment.sent_at))
        .where(Shipment.order_id.in_(order_ids), Shipment.undone_at.is_(None))
        .group_by(Shipment.order_id)
    )
    return {row[0]: row[1] for row in rows}

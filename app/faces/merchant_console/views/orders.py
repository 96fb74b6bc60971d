"""Orders, as the merchant sees them: look, send, take that back."""

import re
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext

from app.domains.accounts.permissions import Permission
from app.domains.content.queries import Unfinished, find_unfinished, get_kept
from app.domains.fulfilment.errors import NothingToSendError
from app.domains.fulfilment.shipments import (
    count_pieces_left,
    list_shipments,
    send_pieces,
    undo_shipment,
)
from app.domains.orders.queries import (
    get_contact,
    get_order,
    list_happenings,
    list_lines,
    list_orders,
)
from app.domains.orders.rules import PaymentStanding
from app.domains.payments.refunds.queries import list_refunds
from app.faces.merchant_console.profile_forms import name_missing
from app.faces.shared.access import requires
from app.faces.shared.formatting import write_address
from app.faces.shared.sessions import signed_in_visitor
from app.foundation.audit.rules import AuditKind
from app.foundation.errors import GalleriaError, NotFoundError
from app.foundation.identifiers import new_id, parse_id
from app.foundation.unit_of_work import UnitOfWork, unit_of_work

orders = Blueprint("orders", __name__)
_PIECES = re.compile(r"pieces-([0-9]{1,6})")
_WHOLE_NUMBER = re.compile(r"[0-9]{1,9}")
PAGE_SIZE = 50
MOST_PAGES = 10_000


@orders.get("/shops/<uuid:shop_id>/orders")
@requires(Permission.SEE_ORDERS)
def index(shop_id: UUID) -> str:
    """Show the shop's orders, newest first."""
    del shop_id
    state = request.args.get("state", "")
    only = (PaymentStanding(state),) if state in set(PaymentStanding) else ()
    page = max(1, min(request.args.get("page", 1, type=int), MOST_PAGES))
    with unit_of_work(g.shop.scope) as unit:
        found = list_orders(
            unit, only=only, number=request.args.get("q", "").replace("\x00", ""), page=page,
            page_size=PAGE_SIZE,
        )  # fmt: skip
        unfinished = _find_unfinished(unit)
    return render_template(
        "orders.html", unfinished=unfinished,
        missing=name_missing(unfinished) if unfinished else {},
        orders=found[:PAGE_SIZE], has_next=len(found) > PAGE_SIZE, page=page,
        state=state, states=list(PaymentStanding),
    )  # fmt: skip


def _find_unfinished(unit: UnitOfWork) -> Unfinished | None:
    """Return what the shop's profile lacks, for whoever may write it; None where nothing is."""
    if not signed_in_visitor().may(Permission.CHANGE_PROFILE, g.shop.id):
        return None
    return find_unfinished(get_kept(unit), main_language=g.shop.language) or None


@orders.get("/shops/<uuid:shop_id>/orders/<uuid:order_id>")
@requires(Permission.SEE_ORDERS)
def show(shop_id: UUID, order_id: UUID) -> Any:
    """Show an order with the buyer's address; the look is audited (FR-047)."""
    del shop_id
    return _page(order_id)


def _page(order_id: UUID, error: str = "") -> str:
    with unit_of_work(g.shop.scope) as unit:
        facts = {
            "order": get_order(unit, order_id),
            "lines": list_lines(unit, order_id),
            "happenings": list_happenings(unit, order_id, is_for_seller=True),
            "shipments": list_shipments(unit, order_id=order_id),
            "left": count_pieces_left(unit, order_id=order_id),
            "refunds": list_refunds(unit, subject_id=order_id),
        }
        contact = get_contact(unit, order_id)
        unit.audit(
            action="see_contact", object_kind="order", object_id=order_id, kind=AuditKind.ACCESS
        )  # fmt: skip
    return render_template(
        "order.html", **facts, email=contact.email, address=write_address(contact.address),
        parcel_id=parse_id(request.form.get("parcel_id", "")) or new_id(), error=error,
    )  # fmt: skip


@orders.post("/shops/<uuid:shop_id>/orders/<uuid:order_id>/shipments")
@requires(Permission.SEND_ORDERS)
def send(shop_id: UUID, order_id: UUID) -> Any:
    """Say that pieces left; the form carries its id, so that a second click is the same parcel."""
    form = request.form
    parcel_id = parse_id(form.get("parcel_id", ""))
    if parcel_id is None:
        raise NotFoundError
    try:
        with unit_of_work(g.shop.scope) as unit:
            send_pieces(
                unit, order_id=order_id, shipment_id=parcel_id, pieces=read_pieces(NothingToSendError),
                carrier=_text("carrier"), tracking_number=_text("tracking_number"),
                sent_by=str(g.visitor.person_id),
            )  # fmt: skip
    except NotFoundError:
        raise
    except GalleriaError as error:
        return _page(order_id, error=error.tell()), error.status
    flash(gettext("Noted. The buyer is told in five minutes; until then you can take it back."))
    return redirect(url_for("orders.show", shop_id=shop_id, order_id=order_id), 303)


@orders.post("/shops/<uuid:shop_id>/orders/<uuid:order_id>/shipments/<uuid:shipment_id>/undo")
@requires(Permission.SEND_ORDERS)
def undo(shop_id: UUID, order_id: UUID, shipment_id: UUID) -> Any:
    """Take a parcel back that the buyer has not been told of."""
    try:
        with unit_of_work(g.shop.scope) as unit:
            undo_shipment(
                unit, order_id=order_id, shipment_id=shipment_id, actor=str(g.visitor.person_id)
            )
    except NotFoundError:
        raise
    except GalleriaError as error:
        return _page(order_id, error=error.tell()), error.status
    flash(gettext("Taken back. The buyer was told nothing."))
    return redirect(url_for("orders.show", shop_id=shop_id, order_id=order_id), 303)


def read_pieces(wrong: type[GalleriaError]) -> dict[int, int]:
    """Return the quantities of the form's fields `pieces-N`, by line; an empty field is none.

    Raises `wrong` for a quantity that is no whole number: money and goods follow from it.
    """
    wanted = {}
    for name, text in request.form.items():
        line = _PIECES.fullmatch(name)
        if line is None or not text.strip():
            continue
        if not _WHOLE_NUMBER.fullmatch(text.strip()):
            raise wrong
        if int(text):
            wanted[int(line[1])] = int(text)
    return wanted


def _text(name: str) -> str:
    return " ".join(request.form.get(name, "").replace("\x00", "").split())

"""Giving a buyer's money back: all of it, some pieces, or an amount."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext

from app.domains.accounts.approvals.queries import list_approvals
from app.domains.accounts.approvals.rules import ApprovalKind, is_for_platform, limit_for
from app.domains.accounts.memberships.queries import list_people_who_may
from app.domains.accounts.permissions import Permission
from app.domains.fulfilment.approving import ask_refund_or_approval
from app.domains.fulfilment.errors import PiecesNotRefundableError
from app.domains.fulfilment.jobs import bring_back
from app.domains.fulfilment.refunding.asking import Wish, count_refundable
from app.domains.fulfilment.refunding.pursuing import pursue_refund
from app.domains.orders.queries import get_order, list_lines
from app.domains.payments.errors import PaymentStepError, RefundTooLargeError
from app.domains.payments.queries import find_payment_of
from app.domains.payments.refunds.queries import list_refunds
from app.domains.payments.refunds.rules import RefundReason
from app.faces.merchant_console.views.orders import read_pieces
from app.faces.shared.access import fresh_proof, requires
from app.faces.shared.deciding import tell_refund
from app.foundation.database import directory_scope
from app.foundation.errors import GalleriaError, NotFoundError
from app.foundation.identifiers import new_id, parse_id
from app.foundation.money import AmountError, Money, parse_money
from app.foundation.unit_of_work import UnitOfWork, unit_of_work

refunds = Blueprint("refunds", __name__)
ALL, PIECES, AMOUNT = "all", "pieces", "amount"


@refunds.get("/shops/<uuid:shop_id>/orders/<uuid:order_id>/refund")
@requires(Permission.REFUND)
def ask(shop_id: UUID, order_id: UUID) -> Any:
    """Ask how much goes back, and why."""
    del shop_id
    return _page(order_id)


def _page(order_id: UUID, error: str = "") -> str:
    with unit_of_work(g.shop.scope) as unit:
        facts = {
            "order": get_order(unit, order_id),
            "lines": list_lines(unit, order_id),
            "refundable": count_refundable(unit, order_id=order_id),
            "left": _left(unit, order_id),
            "refunds": list_refunds(unit, subject_id=order_id),
            "wishes": list_approvals(unit, kind=ApprovalKind.REFUND, subject_id=order_id),
        }
    with unit_of_work(directory_scope()) as unit:
        approvers = list_people_who_may(
            unit, shop_id=g.shop.id, permission=Permission.APPROVE_REFUNDS
        )
    return render_template(
        "refund.html", **facts, reasons=list(RefundReason), error=error,
        refund_id=parse_id(request.form.get("refund_id", "")) or new_id(),
        kind=request.form.get("kind", ALL), limit=limit_for(g.shop.currency),
        me=g.visitor.person_id, is_for_platform=is_for_platform(approvers, g.visitor.person_id),
    )  # fmt: skip


def _left(unit: UnitOfWork, order_id: UUID) -> Money:
    payment = find_payment_of(unit, subject_id=order_id)
    if payment is None:
        raise NotFoundError
    left = payment.captured - payment.refunded - payment.refunding
    return Money(left, payment.amount.currency)


@refunds.post("/shops/<uuid:shop_id>/orders/<uuid:order_id>/refund")
@requires(Permission.REFUND)
@fresh_proof
def give_back(shop_id: UUID, order_id: UUID) -> Any:
    """Write the wish down and ask the provider; the form carries its id: a second click is the same one."""
    wanted = parse_id(request.form.get("refund_id", ""))
    if wanted is None:
        raise NotFoundError
    try:
        with unit_of_work(g.shop.scope) as unit:
            asked = ask_refund_or_approval(
                unit, refund_id=wanted, order_id=order_id, wish=_wish(unit, order_id, wanted),
                asked_by=g.visitor.person_id,
            )  # fmt: skip
    except NotFoundError:
        raise
    except GalleriaError as error:
        return _page(order_id, error=error.tell()), error.status
    if asked.is_waiting:
        flash(gettext("Noted. A second person has to approve it; nothing was given back yet."))
        return redirect(url_for("refunds.ask", shop_id=shop_id, order_id=order_id), 303)
    state = pursue_refund(g.shop.scope, refund_id=asked.refund_id)
    bring_back(g.shop.scope)
    flash(tell_refund(state))
    return redirect(url_for("orders.show", shop_id=shop_id, order_id=order_id), 303)


def _wish(unit: UnitOfWork, order_id: UUID, refund_id: UUID) -> Wish:
    form = request.form
    reason = form.get("reason", "")
    if reason not in set(RefundReason):
        raise PaymentStepError
    kind = form.get("kind", "")
    if kind == PIECES:
        shipping = "with_shipping" in form
        return Wish(
            RefundReason(reason),
            pieces=read_pieces(PiecesNotRefundableError),
            with_shipping=shipping,
        )
    if kind == AMOUNT:
        return Wish(RefundReason(reason), amount=_amount(form.get("amount", "")))
    known = next((r for r in list_refunds(unit, subject_id=order_id) if r.id == refund_id), None)
    return Wish(RefundReason(reason), amount=known.amount if known else _left(unit, order_id))


def _amount(text: str) -> Money:
    try:
        return parse_money(text.replace(",", "."), g.shop.currency)
    except AmountError as error:
        raise RefundTooLargeError from error

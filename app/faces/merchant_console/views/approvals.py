"""Large amounts that wait for a second person: see them, approve, decline, take one's own back."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask_babel import gettext

from app.domains.accounts.approvals.operations import withdraw_approval
from app.domains.accounts.approvals.queries import get_approval, list_approvals
from app.domains.accounts.approvals.rules import (
    APPROVAL_LIFE,
    ApprovalKind,
    Side,
    is_for_platform,
    limit_for,
)
from app.domains.accounts.memberships.queries import list_names, list_people_who_may
from app.domains.accounts.permissions import Permission
from app.domains.orders.queries import list_order_numbers
from app.faces.shared.access import fresh_proof, requires
from app.faces.shared.deciding import answer, decline_refund, pay_back_approved
from app.foundation.database import directory_scope
from app.foundation.unit_of_work import unit_of_work

approvals = Blueprint("approvals", __name__)


@approvals.get("/shops/<uuid:shop_id>/approvals")
@requires(Permission.APPROVE_REFUNDS)
def index(shop_id: UUID) -> str:
    """Show what waits, and what was decided."""
    del shop_id
    return _page()


def _page(error: str = "") -> str:
    with unit_of_work(g.shop.scope) as unit:
        wishes = list_approvals(unit, kind=ApprovalKind.REFUND)
        numbers = list_order_numbers(unit, {wish.subject_id for wish in wishes})
    people = {each for wish in wishes for each in (wish.asked_by, wish.decided_by) if each}
    with unit_of_work(directory_scope()) as unit:
        names = list_names(unit, people)
        approvers = list_people_who_may(
            unit, shop_id=g.shop.id, permission=Permission.APPROVE_REFUNDS
        )
    return render_template(
        "approvals.html", waiting=[wish for wish in wishes if wish.is_open],
        decided=[wish for wish in wishes if not wish.is_open], numbers=numbers, error=error,
        limit=limit_for(g.shop.currency), days=APPROVAL_LIFE.days, me=g.visitor.person_id,
        names=names, is_for_platform=is_for_platform(approvers, g.visitor.person_id),
    )  # fmt: skip


@approvals.post("/shops/<uuid:shop_id>/approvals/<uuid:approval_id>/approve")
@requires(Permission.APPROVE_REFUNDS)
@fresh_proof
def approve(shop_id: UUID, approval_id: UUID) -> Any:
    """Approve what another asked for; the money leaves at once."""
    return _answer(shop_id, lambda: pay_back_approved(g.shop.scope, approval_id, Side.SHOP))


@approvals.post("/shops/<uuid:shop_id>/approvals/<uuid:approval_id>/decline")
@requires(Permission.APPROVE_REFUNDS)
@fresh_proof
def decline(shop_id: UUID, approval_id: UUID) -> Any:
    """Decline what another asked for; nothing leaves."""
    return _answer(shop_id, lambda: decline_refund(g.shop.scope, approval_id, Side.SHOP))


def _answer(shop_id: UUID, act: Callable[[], str]) -> Any:
    return answer(act, page=_page, back=url_for("approvals.index", shop_id=shop_id))


@approvals.post("/shops/<uuid:shop_id>/approvals/<uuid:approval_id>/withdraw")
@requires(Permission.REFUND)
def withdraw(shop_id: UUID, approval_id: UUID) -> Any:
    """Take one's own wish back."""
    with unit_of_work(g.shop.scope) as unit:
        order_id = get_approval(unit, approval_id).subject_id
        withdraw_approval(
            unit, approval_id=approval_id, kind=ApprovalKind.REFUND,
            person_id=g.visitor.person_id,
        )  # fmt: skip
    flash(gettext("Taken back. Nothing was given back."))
    return redirect(url_for("refunds.ask", shop_id=shop_id, order_id=order_id), 303)

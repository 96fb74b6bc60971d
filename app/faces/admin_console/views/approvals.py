"""Large refunds of shops that have nobody else to approve them: the platform's finance decides."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, g, render_template, url_for

from app.domains.accounts.approvals.errors import ApprovalElsewhereError
from app.domains.accounts.approvals.queries import ApprovalRecord, get_approval, list_approvals
from app.domains.accounts.approvals.rules import ApprovalKind, Side, is_for_platform
from app.domains.accounts.memberships.queries import list_people_who_may
from app.domains.accounts.permissions import Permission
from app.faces.shared.access import fresh_proof, requires
from app.faces.shared.deciding import answer, decline_refund, pay_back_approved
from app.foundation.database import PlatformScope, cell_names, directory_scope
from app.foundation.unit_of_work import UnitOfWork, unit_of_work
from tenants.operations import get_shop
from tenants.resolution import ShopRecord, find_shops

approvals = Blueprint("approvals", __name__)


@approvals.get("/approvals")
@requires(Permission.SEE_APPROVALS)
def index() -> str:
    """Show what waits for finance, what waits in shops, and what was decided."""
    return _page()


def _page(error: str = "") -> str:
    wishes: list[ApprovalRecord] = []
    for cell in cell_names():
        with unit_of_work(PlatformScope(cell, "platform_reader")) as unit:
            wishes += list_approvals(unit, kind=ApprovalKind.REFUND)
    with unit_of_work(directory_scope()) as unit:
        shops = find_shops(unit, {wish.shop for wish in wishes})
        waiting = [
            (wish, shop, _is_ours(unit, shop, wish))
            for wish in wishes
            if wish.is_open and (shop := shops.get(wish.shop))
        ]
    decided = [(wish, shops.get(wish.shop)) for wish in wishes if not wish.is_open]
    return render_template(
        "approvals.html", ours=[each[:2] for each in waiting if each[2]],
        theirs=[each[:2] for each in waiting if not each[2]], decided=decided, error=error,
        me=g.visitor.person_id,
    )  # fmt: skip


def _is_ours(unit: UnitOfWork, shop: ShopRecord, wish: ApprovalRecord) -> bool:
    approvers = list_people_who_may(unit, shop_id=shop.id, permission=Permission.APPROVE_REFUNDS)
    return is_for_platform(approvers, wish.asked_by)


@approvals.post("/approvals/<uuid:shop_id>/<uuid:approval_id>/approve")
@requires(Permission.APPROVE_FOR_SHOPS)
@fresh_proof
def approve(shop_id: UUID, approval_id: UUID) -> Any:
    """Approve a refund for a shop that has nobody else; the money leaves at once."""
    return _answer(
        lambda: pay_back_approved(_get_ours(shop_id, approval_id).scope, approval_id, Side.PLATFORM)
    )


@approvals.post("/approvals/<uuid:shop_id>/<uuid:approval_id>/decline")
@requires(Permission.APPROVE_FOR_SHOPS)
@fresh_proof
def decline(shop_id: UUID, approval_id: UUID) -> Any:
    """Decline a refund for a shop that has nobody else."""
    return _answer(
        lambda: decline_refund(_get_ours(shop_id, approval_id).scope, approval_id, Side.PLATFORM)
    )


def _answer(act: Callable[[], str]) -> Any:
    return answer(act, page=_page, back=url_for("approvals.index"))


def _get_ours(shop_id: UUID, approval_id: UUID) -> ShopRecord:
    """Return the shop, where it has nobody else to decide. Raises ApprovalElsewhereError."""
    with unit_of_work(directory_scope()) as unit:
        shop = get_shop(unit, shop_id)
    with unit_of_work(shop.scope) as unit:
        wish = get_approval(unit, approval_id)
    with unit_of_work(directory_scope()) as unit:
        if not _is_ours(unit, shop, wish):
            raise ApprovalElsewhereError
    return shop

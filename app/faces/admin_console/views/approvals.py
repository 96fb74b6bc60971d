"""Large refunds of shops that have nobody else to approve them: the platform's finance decides."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask_babel import gettext

from app.domains.accounts.approvals.errors import ApprovalElsewhereError
from app.domains.accounts.approvals.operations import decline as decline_wish
from app.domains.accounts.approvals.queries import ApprovalRecord, get_approval, list_approvals
from app.domains.accounts.approvals.rules import Side, is_for_platform
from app.domains.accounts.memberships.queries import list_people_who_may
from app.domains.accounts.permissions import Permission
from app.domains.fulfilment.approving import approve_refund
from app.domains.fulfilment.jobs import bring_back
from app.domains.fulfilment.refunding import pursue_refund
from app.faces.shared.access import fresh_proof, requires
from app.foundation.database import PlatformScope, cell_names, directory_scope
from app.foundation.errors import GalleriaError, NotFoundError
from app.foundation.unit_of_work import UnitOfWork, unit_of_work
from tenants.operations import get_shop
from tenants.resolution import ShopRecord, find_shop_by_schema

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
            wishes += list_approvals(unit)
    with unit_of_work(directory_scope()) as unit:
        shops = {wish.shop: find_shop_by_schema(unit, wish.shop) for wish in wishes}
        waiting = [
            (wish, shop, _is_ours(unit, shop, wish))
            for wish in wishes
            if wish.is_open and (shop := shops[wish.shop])
        ]
    decided = [(wish, shops[wish.shop]) for wish in wishes if not wish.is_open]
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
    try:
        shop = _get_ours(shop_id, approval_id)
        with unit_of_work(shop.scope) as unit:
            refund_id = approve_refund(
                unit, approval_id=approval_id, decided_by=g.visitor.person_id,
                decided_for=Side.PLATFORM,
            )  # fmt: skip
    except NotFoundError:
        raise
    except GalleriaError as error:
        return _page(error.tell()), error.status
    pursue_refund(shop.scope, refund_id=refund_id)
    bring_back(shop.scope)
    flash(gettext("Approved. The money is on its way back."))
    return redirect(url_for("approvals.index"), 303)


@approvals.post("/approvals/<uuid:shop_id>/<uuid:approval_id>/decline")
@requires(Permission.APPROVE_FOR_SHOPS)
@fresh_proof
def decline(shop_id: UUID, approval_id: UUID) -> Any:
    """Decline a refund for a shop that has nobody else."""
    try:
        shop = _get_ours(shop_id, approval_id)
        with unit_of_work(shop.scope) as unit:
            decline_wish(
                unit, approval_id=approval_id, decided_by=g.visitor.person_id,
                decided_for=Side.PLATFORM,
            )  # fmt: skip
    except NotFoundError:
        raise
    except GalleriaError as error:
        return _page(error.tell()), error.status
    flash(gettext("Declined. Nothing was given back."))
    return redirect(url_for("approvals.index"), 303)


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

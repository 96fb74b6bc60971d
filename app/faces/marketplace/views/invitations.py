"""Accepting an invitation to work for a shop, or for the platform."""

from uuid import UUID

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.domains.accounts.invitations.errors import InvitationOverError
from app.domains.accounts.invitations.operations import accept_invitation
from app.domains.accounts.invitations.queries import InvitationRecord, find_invitation_by_token
from app.domains.accounts.invitations.rules import hide_address
from app.domains.accounts.permissions import OF_PLATFORM, OF_SHOP
from app.domains.accounts.rules import PLATFORM
from app.faces.shared.access import public, signed_in
from app.faces.shared.links import Links
from app.faces.shared.sessions import current_visitor, signed_in_visitor
from app.foundation.database import directory_scope
from app.foundation.errors import GalleriaError
from app.foundation.sealing import email_indexes
from app.foundation.unit_of_work import unit_of_work
from tenants.resolution import ShopRecord, find_shop_by_id

invitations = Blueprint("invitations", __name__)


@invitations.get("/invitations/<token>")
@public
def show(token: str) -> Response | tuple[str, int]:
    """Show what somebody is invited to, and what they may do then."""
    visitor = current_visitor()
    with unit_of_work(directory_scope()) as unit:
        found = find_invitation_by_token(unit, token)
        shop = find_shop_by_id(unit, found.shop_id) if found else None
    if found and visitor and found.accepted_by == visitor.person_id:
        return redirect(_landing(found.shop_id), 303)
    if found is None or not found.is_open:
        return _page(token, None, None, error=InvitationOverError().tell()), 410
    return _page(token, found, shop), 200


@invitations.post("/invitations/<token>")
@signed_in
def accept(token: str) -> Response | tuple[str, int]:
    """Take the role, once, with the address that was invited."""
    visitor = signed_in_visitor()
    try:
        with unit_of_work(directory_scope()) as unit:
            shop_id = accept_invitation(unit, token=token, person_id=visitor.person_id)
    except GalleriaError as error:
        return _page(token, None, None, error=error.tell()), error.status
    # A notice is kept in a cookie of this host; the page that follows is on another one.
    return redirect(f"{_landing(shop_id)}?welcome=1", 303)


@invitations.get("/work/<uuid:shop_id>")
@public
def work(shop_id: UUID) -> Response:
    """Lead from a mail to a console: to what waits for a second person, or to one's rights."""
    links = Links(current_app.config["GALLERIA"])
    wanted, is_platform = request.args.get("page"), shop_id == PLATFORM
    if wanted == "journals" and is_platform:
        return redirect(links.admin("/journals"), 303)
    if wanted != "approvals":
        return redirect(_landing(shop_id), 303)
    page = (
        links.admin("/approvals") if is_platform else links.console(f"/shops/{shop_id}/approvals")
    )
    return redirect(page, 303)


def _landing(shop_id: UUID) -> str:
    links = Links(current_app.config["GALLERIA"])
    return links.admin() if shop_id == PLATFORM else links.console(f"/shops/{shop_id}/rights")


def _page(
    token: str, found: InvitationRecord | None, shop: ShopRecord | None, *, error: str = ""
) -> str:
    visitor = current_visitor()
    every = {**OF_SHOP, **OF_PLATFORM}
    return render_template(
        "invitation.html", found=found, shop=shop, error=error,
        address=hide_address(found.email) if found else "",
        is_theirs=bool(found and visitor and found.email_index in email_indexes(visitor.email)),
        rights=[str(every[each]) for each in every if found and each in found.permissions],
        here=url_for("invitations.show", token=token),
    )  # fmt: skip

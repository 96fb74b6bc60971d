"""What oneself may do here; seeing as another role; handing the shop over; leaving."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext

from app.domains.accounts.memberships.looking import stop_viewing_as
from app.domains.accounts.memberships.looking import view_as as look_as
from app.domains.accounts.memberships.operations import leave as leave_shop
from app.domains.accounts.memberships.queries import (
    get_rights,
    list_colleagues,
    list_custom_roles,
    list_names,
)
from app.domains.accounts.ownership.operations import (
    TRANSFER_LIFE,
    accept_shop,
    end_offer,
    offer_shop,
)
from app.domains.accounts.ownership.queries import find_open_transfer
from app.domains.accounts.permissions import OF_SHOP, Permission
from app.domains.accounts.rules import Role
from app.faces.shared.access import fresh_proof, open_when_looking, requires
from app.faces.shared.roles import list_choices, read_choice
from app.foundation.database import directory_scope
from app.foundation.errors import GalleriaError, NotFoundError
from app.foundation.identifiers import parse_id
from app.foundation.unit_of_work import unit_of_work

rights = Blueprint("rights", __name__)


@rights.get("/shops/<uuid:shop_id>/rights")
@requires(Permission.SEE_OWN_RIGHTS)
def show(shop_id: UUID) -> str:
    """Show what oneself may do in this shop, as it is."""
    return _page(shop_id)


def _page(shop_id: UUID, *, error: str = "") -> str:
    with unit_of_work(directory_scope()) as unit:
        mine = get_rights(unit, person_id=g.visitor.person_id, shop_id=shop_id)
        custom = list_custom_roles(unit, shop_id=shop_id)
        offer = find_open_transfer(unit, shop_id=shop_id)
        names = list_names(unit, {offer.from_person, offer.to_person} if offer else set())
        others = [
            each for each in list_colleagues(unit, shop_id=shop_id)
            if each.rights.role is not Role.OWNER
        ]  # fmt: skip
    choices = list_choices(shop_id, mine=mine.permissions, custom=custom)
    return render_template(
        "rights.html", mine=mine, rights=list(OF_SHOP), permissions=g.visitor.permissions_on(shop_id),
        offer=offer, names=names, others=others, days=TRANSFER_LIFE.days, error=error,
        choices=[choice for choice in choices if choice[0] != Role.OWNER.value],
        me=g.visitor.person_id,
    )  # fmt: skip


@rights.post("/shops/<uuid:shop_id>/view-as")
@requires(Permission.VIEW_AS)
def view_as(shop_id: UUID) -> Any:
    """See the console as another role, until one goes back."""
    try:
        with unit_of_work(directory_scope()) as unit:
            look_as(
                unit, session_id=g.visitor.session_id, shop_id=shop_id,
                grant=read_choice(shop_id, supplies="–"), actor=g.visitor.person_id,
            )  # fmt: skip
    except GalleriaError as error:
        return _page(shop_id, error=error.tell()), error.status
    return redirect(url_for("home.enter", shop_id=shop_id), 303)


@rights.post("/shops/<uuid:shop_id>/view-as/stop")
@requires(Permission.SEE_OWN_RIGHTS)
@open_when_looking
def stop(shop_id: UUID) -> Any:
    """Go back to one's own view."""
    with unit_of_work(directory_scope()) as unit:
        stop_viewing_as(unit, session_id=g.visitor.session_id)
    flash(gettext("You see the shop with your own rights again."))
    return redirect(url_for("rights.show", shop_id=shop_id), 303)


@rights.post("/shops/<uuid:shop_id>/offers")
@requires(Permission.TRANSFER_SHOP)
@fresh_proof
def offer(shop_id: UUID) -> Any:
    """Offer the shop to a colleague."""
    to_person = parse_id(request.form.get("person_id", ""))
    try:
        with unit_of_work(directory_scope()) as unit:
            offer_shop(
                unit, shop_id=shop_id, to_person=to_person or g.visitor.person_id,
                actor=g.visitor.person_id,
            )  # fmt: skip
    except GalleriaError as error:
        return _page(shop_id, error=error.tell()), error.status
    flash(gettext("Offered. Nothing changes until they accept; you can take it back until then."))
    return redirect(url_for("rights.show", shop_id=shop_id), 303)


@rights.post("/shops/<uuid:shop_id>/offers/<uuid:transfer_id>/accept")
@requires(Permission.SEE_OWN_RIGHTS)
@fresh_proof
def accept(shop_id: UUID, transfer_id: UUID) -> Any:
    """Become the shop's owner."""
    return _answer(shop_id, transfer_id, accept_shop, gettext("The shop is yours now."))


@rights.post("/shops/<uuid:shop_id>/offers/<uuid:transfer_id>/end")
@requires(Permission.SEE_OWN_RIGHTS)
def end(shop_id: UUID, transfer_id: UUID) -> Any:
    """Decline the shop, or take one's own offer back."""
    return _answer(
        shop_id, transfer_id, end_offer, gettext("The offer is over. Nothing has changed.")
    )


def _answer(shop_id: UUID, transfer_id: UUID, operation: Any, told: str) -> Any:
    try:
        with unit_of_work(directory_scope()) as unit:
            operation(unit, shop_id=shop_id, transfer_id=transfer_id, actor=g.visitor.person_id)
    except NotFoundError:
        raise
    except GalleriaError as error:
        return _page(shop_id, error=error.tell()), error.status
    flash(told)
    return redirect(url_for("rights.show", shop_id=shop_id), 303)


@rights.post("/shops/<uuid:shop_id>/leave")
@requires(Permission.SEE_OWN_RIGHTS)
@fresh_proof
def leave(shop_id: UUID) -> Any:
    """Stop working for this shop."""
    try:
        with unit_of_work(directory_scope()) as unit:
            leave_shop(unit, shop_id=shop_id, person_id=g.visitor.person_id)
    except GalleriaError as error:
        return _page(shop_id, error=error.tell()), error.status
    flash(gettext("You no longer work for %(shop)s.", shop=g.shop.name))
    return redirect(url_for("home.start"), 303)

"""The people of a shop: who works here, with which rights; inviting, changing, letting go."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext

from app.domains.accounts.invitations.operations import (
    invite,
    send_invitation_again,
    withdraw_invitation,
)
from app.domains.accounts.invitations.queries import list_open_invitations
from app.domains.accounts.invitations.rules import INVITATION_LIFE
from app.domains.accounts.memberships.operations import change_role, remove_member
from app.domains.accounts.memberships.queries import (
    Colleague,
    list_colleagues,
    list_custom_roles,
)
from app.domains.accounts.memberships.rules import may_decide_on
from app.domains.accounts.people.rules import LONGEST_EMAIL
from app.domains.accounts.permissions import OF_SHOP, Permission
from app.faces.shared.access import fresh_proof, requires
from app.faces.shared.languages import current_language
from app.faces.shared.roles import list_choices, read_choice
from app.foundation.audit.rules import AuditKind
from app.foundation.database import directory_scope
from app.foundation.errors import GalleriaError, NotFoundError
from app.foundation.unit_of_work import unit_of_work

people = Blueprint("people", __name__)


@people.get("/shops/<uuid:shop_id>/people")
@requires(Permission.SEE_PEOPLE)
def index(shop_id: UUID) -> str:
    """Show who works here, who is invited, and the shop's own roles."""
    return _page(shop_id)


def _page(shop_id: UUID, *, error: str = "") -> str:
    with unit_of_work(directory_scope()) as unit:
        colleagues = list_colleagues(unit, shop_id=shop_id)
        invitations = list_open_invitations(unit, shop_id=shop_id)
        custom = list_custom_roles(unit, shop_id=shop_id)
        unit.audit(
            actor=str(g.visitor.person_id), action="see_people", object_kind="shop",
            object_id=shop_id, kind=AuditKind.ACCESS,
        )  # fmt: skip
    mine = g.visitor.permissions_on(shop_id)
    return render_template(
        "people.html", colleagues=colleagues, invitations=invitations, custom=custom, error=error,
        choices=list_choices(shop_id, mine=mine, custom=custom), me=g.visitor.person_id,
        days=INVITATION_LIFE.days, email=request.form.get("email", "")[:LONGEST_EMAIL],
    )  # fmt: skip


@people.post("/shops/<uuid:shop_id>/invitations")
@requires(Permission.MANAGE_PEOPLE)
@fresh_proof
def send(shop_id: UUID) -> Any:
    """Invite somebody by mail."""
    email = request.form.get("email", "").replace("\x00", "")[: LONGEST_EMAIL + 1]
    try:
        with unit_of_work(directory_scope()) as unit:
            invite(
                unit, shop_id=shop_id, email=email, grant=read_choice(shop_id),
                language=current_language(), actor=g.visitor.person_id,
            )  # fmt: skip
    except GalleriaError as error:
        return _page(shop_id, error=error.tell()), error.status
    flash(gettext("Invited. The mail is on its way; the link in it works for seven days, once."))
    return redirect(url_for("people.index", shop_id=shop_id), 303)


@people.post("/shops/<uuid:shop_id>/invitations/<uuid:invitation_id>/send")
@requires(Permission.MANAGE_PEOPLE)
@fresh_proof
def send_again(shop_id: UUID, invitation_id: UUID) -> Any:
    """Send the mail once more; the former link stops working."""
    try:
        with unit_of_work(directory_scope()) as unit:
            send_invitation_again(
                unit, shop_id=shop_id, invitation_id=invitation_id, actor=g.visitor.person_id
            )
    except NotFoundError:
        raise
    except GalleriaError as error:
        return _page(shop_id, error=error.tell()), error.status
    flash(gettext("Sent again. Only the link in the newest mail works."))
    return redirect(url_for("people.index", shop_id=shop_id), 303)


@people.post("/shops/<uuid:shop_id>/invitations/<uuid:invitation_id>/withdraw")
@requires(Permission.MANAGE_PEOPLE)
@fresh_proof
def withdraw(shop_id: UUID, invitation_id: UUID) -> Any:
    """Take an invitation back; its link stops working."""
    try:
        with unit_of_work(directory_scope()) as unit:
            withdraw_invitation(
                unit, shop_id=shop_id, invitation_id=invitation_id, actor=g.visitor.person_id
            )
    except NotFoundError:
        raise
    except GalleriaError as error:
        return _page(shop_id, error=error.tell()), error.status
    flash(gettext("Taken back. The link in the mail no longer works."))
    return redirect(url_for("people.index", shop_id=shop_id), 303)


@people.get("/shops/<uuid:shop_id>/people/<uuid:person_id>")
@requires(Permission.SEE_PEOPLE)
def show(shop_id: UUID, person_id: UUID) -> str:
    """Show a colleague's rights as they are."""
    return _person(shop_id, person_id)


def _person(shop_id: UUID, person_id: UUID, *, error: str = "") -> str:
    with unit_of_work(directory_scope()) as unit:
        colleague = _find(list_colleagues(unit, shop_id=shop_id), person_id)
        unit.audit(
            actor=str(g.visitor.person_id), action="see_person", object_kind="person",
            object_id=person_id, kind=AuditKind.ACCESS, shop=shop_id,
        )  # fmt: skip
        custom = list_custom_roles(unit, shop_id=shop_id)
        unit.audit(
            action="see_people", object_kind="person", object_id=person_id,
            kind=AuditKind.ACCESS, shop=shop_id,
        )  # fmt: skip
    mine, theirs = g.visitor.permissions_on(shop_id), colleague.rights.permissions
    may_manage = Permission.MANAGE_PEOPLE in mine and may_decide_on(mine, theirs)
    return render_template(
        "person.html", colleague=colleague, rights=list(OF_SHOP), error=error,
        choices=list_choices(shop_id, mine=mine, custom=custom), is_me=person_id == g.visitor.person_id,
        may_manage=may_manage and person_id != g.visitor.person_id,
    )  # fmt: skip


def _find(colleagues: list[Colleague], person_id: UUID) -> Colleague:
    for each in colleagues:
        if each.rights.person_id == person_id:
            return each
    raise NotFoundError


@people.post("/shops/<uuid:shop_id>/people/<uuid:person_id>")
@requires(Permission.MANAGE_PEOPLE)
@fresh_proof
def change(shop_id: UUID, person_id: UUID) -> Any:
    """Give a colleague another role; it counts from their next request on."""
    try:
        with unit_of_work(directory_scope()) as unit:
            change_role(
                unit, shop_id=shop_id, person_id=person_id, grant=read_choice(shop_id),
                actor=g.visitor.person_id,
            )  # fmt: skip
    except NotFoundError:
        raise
    except GalleriaError as error:
        return _person(shop_id, person_id, error=error.tell()), error.status
    flash(gettext("Changed. It counts from their next click on."))
    return redirect(url_for("people.show", shop_id=shop_id, person_id=person_id), 303)


@people.post("/shops/<uuid:shop_id>/people/<uuid:person_id>/remove")
@requires(Permission.MANAGE_PEOPLE)
@fresh_proof
def remove(shop_id: UUID, person_id: UUID) -> Any:
    """Let a colleague go."""
    try:
        with unit_of_work(directory_scope()) as unit:
            remove_member(unit, shop_id=shop_id, person_id=person_id, actor=g.visitor.person_id)
    except NotFoundError:
        raise
    except GalleriaError as error:
        return _person(shop_id, person_id, error=error.tell()), error.status
    flash(gettext("They no longer work here, from their next click on."))
    return redirect(url_for("people.index", shop_id=shop_id), 303)

"""Who works for the platform: inviting, changing roles, letting go."""

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
from app.domains.accounts.memberships.queries import list_colleagues
from app.domains.accounts.people.rules import LONGEST_EMAIL
from app.domains.accounts.permissions import (
    GRANTED,
    OF_PLATFORM,
    PLATFORM_ROLES,
    ROLE_NAMES,
    Permission,
)
from app.domains.accounts.rules import PLATFORM
from app.faces.shared.access import fresh_proof, requires
from app.faces.shared.languages import current_language
from app.faces.shared.roles import list_choices, read_choice
from app.foundation.audit.rules import AuditKind
from app.foundation.database import directory_scope
from app.foundation.errors import GalleriaError, NotFoundError
from app.foundation.unit_of_work import UnitOfWork, unit_of_work

people = Blueprint("people", __name__)


@people.get("/people")
@requires(Permission.SEE_PLATFORM_PEOPLE)
def index() -> str:
    """Show who works for the platform, who is invited, and what each role may do."""
    return _page()


def _page(error: str = "") -> str:
    with unit_of_work(directory_scope()) as unit:
        colleagues = list_colleagues(unit, shop_id=PLATFORM)
        invitations = list_open_invitations(unit, shop_id=PLATFORM)
        unit.audit(
            actor=str(g.visitor.person_id), action="see_people", object_kind="platform",
            object_id=PLATFORM, kind=AuditKind.ACCESS,
        )  # fmt: skip
        unit.audit(
            action="see_people", object_kind="shop", object_id=PLATFORM, kind=AuditKind.ACCESS
        )
    return render_template(
        "people.html", colleagues=colleagues, invitations=invitations, error=error,
        choices=list_choices(PLATFORM, mine=g.visitor.permissions_on(PLATFORM)),
        me=g.visitor.person_id, days=INVITATION_LIFE.days,
        email=request.form.get("email", "")[:LONGEST_EMAIL],
        roles=[(str(ROLE_NAMES[role]), GRANTED[role]) for role in PLATFORM_ROLES],
        rights=list(OF_PLATFORM),
    )  # fmt: skip


@people.post("/invitations")
@requires(Permission.GRANT_PLATFORM_ROLES)
@fresh_proof
def send() -> Any:
    """Invite somebody to the platform by mail."""
    email = request.form.get("email", "").replace("\x00", "")[: LONGEST_EMAIL + 1]

    def work(unit: UnitOfWork) -> None:
        invite(
            unit, shop_id=PLATFORM, email=email, grant=read_choice(PLATFORM),
            language=current_language(), actor=g.visitor.person_id,
        )  # fmt: skip

    told = gettext("Invited. The mail is on its way; the link in it works for seven days, once.")
    return _do(work, told)


@people.post("/invitations/<uuid:invitation_id>/send")
@requires(Permission.GRANT_PLATFORM_ROLES)
@fresh_proof
def send_again(invitation_id: UUID) -> Any:
    """Send the mail once more; the former link stops working."""
    return _do(
        lambda unit: send_invitation_again(
            unit, shop_id=PLATFORM, invitation_id=invitation_id, actor=g.visitor.person_id
        ),
        gettext("Sent again. Only the link in the newest mail works."),
    )


@people.post("/invitations/<uuid:invitation_id>/withdraw")
@requires(Permission.GRANT_PLATFORM_ROLES)
@fresh_proof
def withdraw(invitation_id: UUID) -> Any:
    """Take an invitation back; its link stops working."""
    return _do(
        lambda unit: withdraw_invitation(
            unit, shop_id=PLATFORM, invitation_id=invitation_id, actor=g.visitor.person_id
        ),
        gettext("Taken back. The link in the mail no longer works."),
    )


@people.post("/people/<uuid:person_id>")
@requires(Permission.GRANT_PLATFORM_ROLES)
@fresh_proof
def change(person_id: UUID) -> Any:
    """Give somebody another role; it counts from their next request on."""
    return _do(
        lambda unit: change_role(
            unit, shop_id=PLATFORM, person_id=person_id, grant=read_choice(PLATFORM),
            actor=g.visitor.person_id,
        ),
        gettext("Changed. It counts from their next click on."),
    )  # fmt: skip


@people.post("/people/<uuid:person_id>/remove")
@requires(Permission.GRANT_PLATFORM_ROLES)
@fresh_proof
def remove(person_id: UUID) -> Any:
    """Let somebody go."""
    return _do(
        lambda unit: remove_member(
            unit, shop_id=PLATFORM, person_id=person_id, actor=g.visitor.person_id
        ),
        gettext("They no longer work here, from their next click on."),
    )


def _do(work: Any, told: str) -> Any:
    """Do it in a unit of work, and show the page: with what was told, or with the refusal."""
    try:
        with unit_of_work(directory_scope()) as unit:
            work(unit)
    except NotFoundError:
        raise
    except GalleriaError as error:
        return _page(error.tell()), error.status
    flash(told)
    return redirect(url_for("people.index"), 303)

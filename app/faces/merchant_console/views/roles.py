"""Roles that a shop makes for itself: a name and some rights."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext

from app.domains.accounts.memberships.custom_roles import (
    change_custom_role,
    make_role,
    remove_role,
)
from app.domains.accounts.memberships.queries import get_custom_role
from app.domains.accounts.memberships.rules import LONGEST_ROLE_NAME
from app.domains.accounts.permissions import NOT_IN_CUSTOM_ROLES, OF_SHOP, Permission
from app.faces.shared.access import fresh_proof, requires
from app.foundation.database import directory_scope
from app.foundation.errors import GalleriaError, NotFoundError
from app.foundation.unit_of_work import unit_of_work

roles = Blueprint("roles", __name__)


@roles.get("/shops/<uuid:shop_id>/roles")
@requires(Permission.MANAGE_PEOPLE)
def ask(shop_id: UUID) -> str:
    """Ask for a new role's name and rights."""
    return _page(shop_id)


@roles.post("/shops/<uuid:shop_id>/roles")
@requires(Permission.MANAGE_PEOPLE)
@fresh_proof
def make(shop_id: UUID) -> Any:
    """Make a role."""
    name, chosen = _read()
    try:
        with unit_of_work(directory_scope()) as unit:
            make_role(
                unit, shop_id=shop_id, name=name, permissions=chosen, actor=g.visitor.person_id
            )
    except GalleriaError as error:
        return _page(shop_id, name=name, chosen=chosen, error=error.tell()), error.status
    flash(gettext("The role is made. Give it to somebody, or invite somebody to it."))
    return redirect(url_for("people.index", shop_id=shop_id), 303)


@roles.get("/shops/<uuid:shop_id>/roles/<uuid:role_id>")
@requires(Permission.MANAGE_PEOPLE)
def show(shop_id: UUID, role_id: UUID) -> str:
    """Show a role of the shop's own, to be changed."""
    with unit_of_work(directory_scope()) as unit:
        role = get_custom_role(unit, role_id, shop_id=shop_id)
    chosen = [permission.value for permission in role.permissions]
    return _page(shop_id, role_id=role_id, name=role.name, chosen=chosen)


@roles.post("/shops/<uuid:shop_id>/roles/<uuid:role_id>")
@requires(Permission.MANAGE_PEOPLE)
@fresh_proof
def change(shop_id: UUID, role_id: UUID) -> Any:
    """Change a role; whoever has it has the new rights from their next click on."""
    name, chosen = _read()
    try:
        with unit_of_work(directory_scope()) as unit:
            change_custom_role(
                unit, shop_id=shop_id, role_id=role_id, name=name, permissions=chosen,
                actor=g.visitor.person_id,
            )  # fmt: skip
    except NotFoundError:
        raise
    except GalleriaError as error:
        page = _page(shop_id, role_id=role_id, name=name, chosen=chosen, error=error.tell())
        return page, error.status
    flash(gettext("Changed. It counts from their next click on."))
    return redirect(url_for("people.index", shop_id=shop_id), 303)


@roles.post("/shops/<uuid:shop_id>/roles/<uuid:role_id>/remove")
@requires(Permission.MANAGE_PEOPLE)
@fresh_proof
def remove(shop_id: UUID, role_id: UUID) -> Any:
    """Remove a role that nobody has."""
    with unit_of_work(directory_scope()) as unit:
        role = get_custom_role(unit, role_id, shop_id=shop_id)
    try:
        with unit_of_work(directory_scope()) as unit:
            remove_role(unit, shop_id=shop_id, role_id=role_id, actor=g.visitor.person_id)
    except GalleriaError as error:
        chosen = [permission.value for permission in role.permissions]
        page = _page(shop_id, role_id=role_id, name=role.name, chosen=chosen, error=error.tell())
        return page, error.status
    flash(gettext("The role is removed."))
    return redirect(url_for("people.index", shop_id=shop_id), 303)


def _read() -> tuple[str, list[str]]:
    name = request.form.get("name", "").replace("\x00", "")[: LONGEST_ROLE_NAME + 1]
    return name, request.form.getlist("permissions")[: len(OF_SHOP)]


def _page(
    shop_id: UUID,
    *,
    role_id: UUID | None = None,
    name: str = "",
    chosen: list[str] | None = None,
    error: str = "",
) -> str:
    mine = g.visitor.permissions_on(shop_id)
    own = {Permission.SEE_OWN_RIGHTS}
    offered = [each for each in OF_SHOP if each in mine - NOT_IN_CUSTOM_ROLES - own]
    return render_template(
        "role.html", role_id=role_id, name=name, chosen=set(chosen or ()), error=error,
        offered=offered, missing=[each for each in OF_SHOP if each not in mine],
    )  # fmt: skip

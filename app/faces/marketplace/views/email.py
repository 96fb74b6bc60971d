"""Changing the address that a person signs in with: both addresses are told, the old one can undo."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from app.domains.accounts.people.operations import (
    ask_to_change_email,
    finish_email_change,
    take_email_change_back,
)
from app.domains.accounts.people.rules import LONGEST_EMAIL
from app.domains.accounts.sessions.operations.ending import end_all_sessions
from app.faces.shared.access import fresh_proof, public, signed_in
from app.faces.shared.sessions import current_visitor, signed_in_visitor
from app.foundation.database import directory_scope
from app.foundation.errors import GalleriaError
from app.foundation.unit_of_work import unit_of_work

email = Blueprint("email", __name__)


@email.get("/account/email")
@signed_in
@fresh_proof
def ask() -> str:
    """Ask for the new address."""
    return render_template("account_email.html", email="", error="")


@email.post("/account/email")
@signed_in
@fresh_proof
def take() -> Response | tuple[str, int]:
    """Take the new address down; its owner confirms it by mail."""
    wanted = request.form.get("email", "")[:LONGEST_EMAIL]
    try:
        with unit_of_work(directory_scope()) as unit:
            ask_to_change_email(unit, person_id=signed_in_visitor().person_id, email=wanted)
    except GalleriaError as error:
        page = render_template("account_email.html", email=wanted, error=error.tell())
        return page, error.status
    flash(gettext("We have written to %(email)s. Confirm it from there.", email=wanted.strip()))
    return redirect(url_for("account.show"), code=303)


@email.get("/email/confirm/<token>")
@public
def confirm(token: str) -> str:
    """Let the owner of the new address confirm with a button."""
    return render_template("email_confirm.html", token=token, error="", action="email.finish")


@email.post("/email/confirm/<token>")
@public
def finish(token: str) -> Response | tuple[str, int]:
    """Write the person at the new address from now on; other browsers are signed out."""
    visitor = current_visitor()
    try:
        with unit_of_work(directory_scope()) as unit:
            person_id = finish_email_change(unit, token=token)
            is_own = visitor is not None and visitor.person_id == person_id
            kept = visitor.parent_id if visitor and is_own else None
            end_all_sessions(unit, person_id=person_id, except_parent=kept)
    except GalleriaError as error:
        page = render_template(
            "email_confirm.html", token="", error=error.tell(), action="email.finish"
        )
        return page, error.status
    flash(gettext("Your new address is confirmed. Sign in with it from now on."))
    return redirect(url_for("account.show"), code=303)


@email.get("/email/undo/<token>")
@public
def doubt(token: str) -> str:
    """Let the owner of the old address take the change back with a button."""
    return render_template("email_confirm.html", token=token, error="", action="email.undo")


@email.post("/email/undo/<token>")
@public
def undo(token: str) -> Response | tuple[str, int]:
    """Take the change back and sign everybody out: somebody else may have asked for it."""
    try:
        with unit_of_work(directory_scope()) as unit:
            person_id = take_email_change_back(unit, token=token)
            end_all_sessions(unit, person_id=person_id)
    except GalleriaError as error:
        page = render_template(
            "email_confirm.html", token="", error=error.tell(), action="email.undo"
        )
        return page, error.status
    flash(gettext("Your address stays as it was, and every browser is signed out."))
    return redirect(url_for("sign_in.ask"), code=303)

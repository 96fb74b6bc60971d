"""Changing the password of somebody who is signed in."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from app.domains.accounts.factors.errors import CurrentPasswordError, PasswordRefusedError
from app.domains.accounts.factors.operations.passwords import (
    change_password,
    check_current_password,
)
from app.domains.accounts.factors.queries import has_second_factor
from app.domains.accounts.factors.rules import (
    LEAST_ALONE,
    LEAST_WITH_SECOND,
    LONGEST_PASSWORD,
    Step,
)
from app.domains.accounts.people.queries import get_person
from app.domains.accounts.sessions.operations.ending import end_all_sessions
from app.domains.accounts.sessions.operations.renewing import ask_for_new_tokens
from app.faces.marketplace.proofs import counted, headers_of
from app.faces.shared.access import fresh_proof, signed_in
from app.faces.shared.sessions import signed_in_visitor
from app.foundation.database import directory_scope
from app.foundation.errors import GalleriaError
from app.foundation.sealing import email_indexes
from app.foundation.unit_of_work import unit_of_work

password = Blueprint("password", __name__)


@password.get("/account/password")
@signed_in
@fresh_proof
def ask() -> str:
    """Ask for the new password, and for the one in force."""
    return _page({})


@password.post("/account/password")
@signed_in
@fresh_proof
def take() -> Response | tuple[str, int, dict[str, str]]:
    """Change the password; every other browser is signed out."""
    try:
        with counted(
            Step.PASSWORD,
            email_indexes(signed_in_visitor().email),
            forgives=(PasswordRefusedError,),
        ):
            _change()
    except GalleriaError as error:
        field = "current" if isinstance(error, CurrentPasswordError) else "password"
        return _page({field: error.tell()}), error.status, headers_of(error)
    flash(gettext("Your password is changed. Every other browser is signed out."))
    return redirect(url_for("security.show"), code=303)


def _change() -> None:
    visitor = signed_in_visitor()
    with unit_of_work(directory_scope()) as unit:
        check_current_password(unit, person_id=visitor.person_id, password=_typed("current"))
        change_password(
            unit, person_id=visitor.person_id, password=_typed("password"),
            words=(visitor.email, visitor.name),
        )  # fmt: skip
        end_all_sessions(unit, person_id=visitor.person_id, except_parent=visitor.parent_id)
        ask_for_new_tokens(unit, person_ids=[visitor.person_id])


def _typed(name: str) -> str:
    return request.form.get(name, "")[: LONGEST_PASSWORD + 1]


def _page(errors: dict[str, str]) -> str:
    visitor = signed_in_visitor()
    with unit_of_work(directory_scope()) as unit:
        person = get_person(unit, visitor.person_id)
        is_protected = has_second_factor(unit, visitor.person_id)
    return render_template(
        "password.html", errors=errors, has_password=person.has_password,
        least=LEAST_WITH_SECOND if is_protected else LEAST_ALONE,
    )  # fmt: skip

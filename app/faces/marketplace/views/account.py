"""A person's own pages: profile, where they are signed in, and what happened there."""

from uuid import UUID

from babel.numbers import get_currency_name
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from app.domains.accounts.people.operations import change_profile
from app.domains.accounts.people.queries import find_open_email_change, get_person
from app.domains.accounts.people.rules import CURRENCIES, LONGEST_NAME
from app.domains.accounts.sessions.operations.ending import end_all_sessions, end_session
from app.domains.accounts.sessions.queries import list_sessions, list_sign_ins
from app.faces.shared.access import signed_in
from app.faces.shared.languages import LANGUAGES, current_language
from app.faces.shared.sessions import signed_in_visitor
from app.foundation.database import directory_scope
from app.foundation.errors import GalleriaError, NotFoundError
from app.foundation.unit_of_work import unit_of_work

account = Blueprint("account", __name__)
HISTORY_PAGE = 20
MOST_PAGES = 1000


@account.get("/account")
@signed_in
def show() -> str:
    """Show the profile."""
    return _profile()


@account.post("/account")
@signed_in
def change() -> Response | tuple[str, int]:
    """Change the name, the language and the currency."""
    visitor, language = signed_in_visitor(), request.form.get("language", "")
    name = request.form.get("name", "")[:LONGEST_NAME]
    try:
        with unit_of_work(directory_scope()) as unit:
            change_profile(
                unit, person_id=visitor.person_id, name=name,
                language=language if language in LANGUAGES else visitor.language,
                currency=request.form.get("currency", ""),
            )  # fmt: skip
    except GalleriaError as error:
        return _profile(name=name, error=error.tell()), error.status
    flash(gettext("Your profile is saved."))
    return redirect(url_for("account.show"), code=303)


def _profile(*, name: str | None = None, error: str = "") -> str:
    visitor = signed_in_visitor()
    with unit_of_work(directory_scope()) as unit:
        person = get_person(unit, visitor.person_id)
        wished = find_open_email_change(unit, person_id=visitor.person_id)
    return render_template(
        "account.html", person=person, name=person.name if name is None else name, error=error,
        wished=wished, currencies=_currencies(),
    )  # fmt: skip


def _currencies() -> list[tuple[str, str]]:
    return [(code, get_currency_name(code, locale=current_language())) for code in CURRENCIES]


@account.get("/account/sessions")
@signed_in
def sessions() -> str:
    """Show where the person is signed in, and their sign-ins."""
    visitor = signed_in_visitor()
    page = max(1, min(request.args.get("page", 1, type=int), MOST_PAGES))
    with unit_of_work(directory_scope()) as unit:
        going_on = list_sessions(unit, person_id=visitor.person_id)
        history = list_sign_ins(
            unit, person_id=visitor.person_id, page=page, page_size=HISTORY_PAGE
        )
    return render_template(
        "account_sessions.html", sessions=going_on, current=visitor.parent_id, page=page,
        history=history[:HISTORY_PAGE], has_next=len(history) > HISTORY_PAGE,
    )  # fmt: skip


@account.post("/account/sessions/<uuid:parent_id>/end")
@signed_in
def end(parent_id: UUID) -> Response:
    """End one sign-in, on every host."""
    visitor = signed_in_visitor()
    with unit_of_work(directory_scope()) as unit:
        if not end_session(unit, person_id=visitor.person_id, parent_id=parent_id):
            raise NotFoundError
    flash(gettext("That browser is signed out."))
    return _to_sessions()


@account.post("/account/sessions/end-others")
@signed_in
def end_others() -> Response:
    """End every other sign-in."""
    visitor = signed_in_visitor()
    with unit_of_work(directory_scope()) as unit:
        end_all_sessions(unit, person_id=visitor.person_id, except_parent=visitor.parent_id)
    flash(gettext("Every other browser is signed out."))
    return _to_sessions()


def _to_sessions() -> Response:
    return redirect(url_for("account.sessions"), code=303)

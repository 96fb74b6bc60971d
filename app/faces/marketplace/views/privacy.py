"""A person's data: what they agreed to, taking it along, and having it erased (FR-025, ART-14)."""

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from app.domains.accounts.consents.operations import answer_question
from app.domains.accounts.consents.queries import ConsentRecord, list_consents
from app.domains.accounts.consents.rules import Purpose
from app.domains.accounts.dealings.queries import list_shop_ids
from app.domains.privacy.blockers import Blocker, list_blockers
from app.domains.privacy.documents import write_archive
from app.domains.privacy.errors import ErasureBlockedError
from app.domains.privacy.exporting import export_person
from app.domains.privacy.operations import ask_for_erasure, keep_account
from app.domains.privacy.queries import find_open_erasure
from app.domains.privacy.rules import ErasureState
from app.faces.shared.access import fresh_proof, public, signed_in
from app.faces.shared.exports import PageOfExport
from app.faces.shared.languages import current_language
from app.faces.shared.sessions import signed_in_visitor
from app.foundation.database import directory_scope
from app.foundation.unit_of_work import unit_of_work
from tenants.resolution import list_shops_of

privacy = Blueprint("privacy", __name__)


@privacy.get("/account/privacy")
@signed_in
def show() -> str:
    """Show what the person agreed to, where they deal, and how to take data along or be erased."""
    person_id = signed_in_visitor().person_id
    with unit_of_work(directory_scope()) as unit:
        answers = list_consents(unit, person_id=person_id)
        shops = list_shops_of(unit, list_shop_ids(unit, person_id=person_id))
        erasure = find_open_erasure(unit, person_id=person_id)
    return render_template(
        "privacy.html", answers=answers, agreed=_agreed(answers), erasure=erasure,
        shops=shops,
    )  # fmt: skip


def _agreed(answers: list[ConsentRecord]) -> set[Purpose]:
    newest = {answer.purpose: answer.is_given for answer in reversed(answers)}
    return {purpose for purpose, is_given in newest.items() if is_given}


@privacy.post("/account/privacy/answers")
@signed_in
def answer() -> Response:
    """Note what the person agrees to now; what is not ticked is not agreed to."""
    person_id = signed_in_visitor().person_id
    with unit_of_work(directory_scope()) as unit:
        for purpose in Purpose:
            answer_question(
                unit, person_id=person_id, purpose=purpose, is_given=purpose.value in request.form,
                place="account",
            )  # fmt: skip
    flash(gettext("Your choice is saved."))
    return redirect(url_for("privacy.show"), 303)


@privacy.post("/account/privacy/export")
@signed_in
@fresh_proof
def export() -> Response:
    """Give everything that is held of the person, at once, as one archive; it is kept nowhere."""
    person_id = signed_in_visitor().person_id
    found = export_person(person_id=person_id, actor=str(person_id))
    response = make_response(write_archive(found, PageOfExport(current_language())))
    response.content_type = "application/zip"
    day = found.made_at.strftime("%Y-%m-%d")
    response.headers["Content-Disposition"] = f'attachment; filename="galleria-{day}.zip"'
    return response


@privacy.get("/account/privacy/erase")
@signed_in
def ask() -> str:
    """Say what erasure means, and what must happen first."""
    return _erase_page(list_blockers(person_id=signed_in_visitor().person_id))


def _erase_page(blockers: list[Blocker], error: str = "") -> str:
    person_id = signed_in_visitor().person_id
    with unit_of_work(directory_scope()) as unit:
        erasure = find_open_erasure(unit, person_id=person_id)
    return render_template("erase.html", blockers=blockers, erasure=erasure, error=error)


@privacy.post("/account/privacy/erase")
@signed_in
@fresh_proof
def erase() -> Response | tuple[str, int]:
    """Note the wish; for seven days the person can take it back."""
    person_id = signed_in_visitor().person_id
    blockers = list_blockers(person_id=person_id)
    if blockers:
        error = ErasureBlockedError()
        return _erase_page(blockers, error.tell()), error.status
    with unit_of_work(directory_scope()) as unit:
        ask_for_erasure(unit, person_id=person_id)
    return redirect(url_for("privacy.show"), 303)


@privacy.post("/account/privacy/keep")
@signed_in
def keep() -> Response:
    """Take the wish back."""
    person_id = signed_in_visitor().person_id
    with unit_of_work(directory_scope()) as unit:
        erasure = find_open_erasure(unit, person_id=person_id)
        if erasure and erasure.state is ErasureState.ASKED:
            keep_account(unit, person_id=person_id)
    flash(gettext("Good to have you. Your account stays as it is."))
    return redirect(url_for("privacy.show"), 303)


@privacy.get("/cookies")
@public
def cookies() -> str:
    """List every cookie there is: only necessary ones."""
    return render_template("cookies.html")

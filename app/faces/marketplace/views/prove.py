"""Proving anew who one is, before sensitive acts and after idle minutes (ART-7, BOX-7)."""

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from app.domains.accounts.factors.rules import LONGEST_PASSWORD
from app.domains.accounts.sessions.errors import ProofRefusedError, TooManyFailuresError
from app.domains.accounts.sessions.operations import (
    check_failures,
    note_failure,
    note_proof,
    prove_by_password,
)
from app.domains.accounts.sessions.queries import Visitor
from app.faces.shared.access import open_when_locked, signed_in
from app.faces.shared.browsers import current_origin
from app.faces.shared.destinations import Destination, read_destination
from app.faces.shared.sessions import signed_in_visitor
from app.foundation.database import directory_scope
from app.foundation.unit_of_work import unit_of_work

prove = Blueprint("prove", __name__)


@prove.get("/prove")
@signed_in
@open_when_locked
def ask() -> str:
    """Ask for a proof."""
    return _page(_back(), error="")


@prove.post("/prove")
@signed_in
@open_when_locked
def take() -> Response | tuple[str, int]:
    """Take a proof by password, and lead back to where the person was."""
    visitor, back = signed_in_visitor(), _back()
    try:
        _check(visitor, request.form.get("password", "")[: LONGEST_PASSWORD + 1])
    except (ProofRefusedError, TooManyFailuresError) as error:
        return _page(back, error=error.tell()), error.status
    with unit_of_work(directory_scope()) as unit:
        note_proof(unit, parent_id=visitor.parent_id, method="password")
    return redirect(back.url, code=303)


def _check(visitor: Visitor, password: str) -> None:
    """Check a password; a failure is counted in a commit of its own."""
    with unit_of_work(directory_scope()) as unit:
        check_failures(unit, email=visitor.email)
    try:
        with unit_of_work(directory_scope()) as unit:
            prove_by_password(unit, person_id=visitor.person_id, password=password)
    except ProofRefusedError:
        with unit_of_work(directory_scope()) as unit:
            note_failure(unit, email=visitor.email, origin=current_origin())
        raise


def _page(back: Destination, *, error: str) -> str:
    return render_template(
        "prove.html", back=back, error=error, is_locked=signed_in_visitor().is_locked
    )


def _back() -> Destination:
    return read_destination(request.values, f"{request.script_root}/account")

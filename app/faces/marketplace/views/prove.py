"""Proving anew who one is, before sensitive acts and after idle minutes (ART-7, BOX-7)."""

from collections.abc import Callable

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from app.domains.accounts.factors.operations.codes import prove_with_code
from app.domains.accounts.factors.queries import list_second_factors
from app.domains.accounts.factors.rules import LONGEST_PASSWORD, Ceremony, Factor, Step
from app.domains.accounts.people.queries import get_person
from app.domains.accounts.sessions.operations.proving import note_proof, prove_by_password
from app.faces.marketplace.proofs import (
    check_passkey,
    counted,
    headers_of,
    passkey_options,
    typed_code,
)
from app.faces.shared.access import open_when_locked, signed_in
from app.faces.shared.destinations import Destination, read_destination
from app.faces.shared.sessions import signed_in_visitor
from app.foundation.database import directory_scope
from app.foundation.errors import GalleriaError
from app.foundation.sealing import email_indexes
from app.foundation.unit_of_work import unit_of_work

prove = Blueprint("prove", __name__)
Answer = Response | tuple[str, int, dict[str, str]]


@prove.get("/prove")
@signed_in
@open_when_locked
def ask() -> str:
    """Ask for a proof: a passkey, the password, or a code."""
    return _page("")


@prove.post("/prove")
@signed_in
@open_when_locked
def take() -> Answer:
    """Take a proof by password, and lead back to where the person was."""
    return _try(_check_password)


@prove.post("/prove/code")
@signed_in
@open_when_locked
def take_code() -> Answer:
    """Take a code of the app, or a recovery code."""
    return _try(_check_code)


@prove.post("/prove/passkey/options")
@signed_in
@open_when_locked
def passkey() -> Response:
    """Say what the person's passkey is to sign."""
    visitor = signed_in_visitor()
    return passkey_options(Ceremony.PROVE, visitor.person_id, must_verify=bool(visitor.roles))


@prove.post("/prove/passkey")
@signed_in
@open_when_locked
def take_passkey() -> Answer:
    """Take a passkey; it is never blocked."""
    return _try(_check_passkey)


def _try(check: Callable[[], str]) -> Answer:
    """Check in one way; note the proof and lead back, or say what was wrong."""
    try:
        method = check()
    except GalleriaError as error:
        return _page(error.tell()), error.status, headers_of(error)
    with unit_of_work(directory_scope()) as unit:
        note_proof(unit, parent_id=signed_in_visitor().parent_id, method=method)
    return redirect(_back().url, code=303)


def _check_password() -> str:
    visitor, typed = signed_in_visitor(), request.form.get("password", "")
    with (
        counted(Step.PASSWORD, email_indexes(visitor.email)),
        unit_of_work(directory_scope()) as unit,
    ):
        prove_by_password(unit, person_id=visitor.person_id, password=typed[: LONGEST_PASSWORD + 1])
    return "password"


def _check_code() -> str:
    visitor = signed_in_visitor()
    with counted(Step.CODE, email_indexes(visitor.email)), unit_of_work(directory_scope()) as unit:
        factor = prove_with_code(unit, person_id=visitor.person_id, code=typed_code())
    return factor.value


def _check_passkey() -> str:
    visitor = signed_in_visitor()
    check_passkey(Ceremony.PROVE, visitor.person_id, must_verify=bool(visitor.roles))
    return Factor.PASSKEY.value


def _page(error: str) -> str:
    visitor = signed_in_visitor()
    with unit_of_work(directory_scope()) as unit:
        factors = list_second_factors(unit, visitor.person_id)
        person = get_person(unit, visitor.person_id)
    return render_template(
        "prove.html", back=_back(), error=error, is_locked=visitor.is_locked,
        has_passkey=Factor.PASSKEY in factors, has_password=person.has_password,
        has_code=bool(factors),
    )  # fmt: skip


def _back() -> Destination:
    return read_destination(request.values, f"{request.script_root}/account")

"""What protects an account: password, passkeys, app, recovery codes."""

from datetime import datetime
from urllib.parse import quote, urlencode
from uuid import UUID

import pyotp
from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from app.domains.accounts.factors.errors import PasskeyRefusedError
from app.domains.accounts.factors.operations.codes import (
    begin_app,
    confirm_app,
    make_recovery_codes,
    remove_app,
)
from app.domains.accounts.factors.operations.passkeys.registering import (
    begin_registration,
    finish_registration,
    remove_passkey,
    rename_passkey,
)
from app.domains.accounts.factors.queries import count_recovery_codes, get_factors
from app.domains.accounts.factors.rules import LONGEST_NAME
from app.domains.accounts.people.queries import get_person
from app.faces.marketplace.proofs import give_options, relying_party, typed_code
from app.faces.marketplace.qr_codes import qr_code
from app.faces.shared import cookies
from app.faces.shared.access import fresh_proof, signed_in
from app.faces.shared.browsers import current_origin
from app.faces.shared.destinations import Destination, read_destination
from app.faces.shared.sessions import signed_in_visitor
from app.foundation.database import directory_scope
from app.foundation.errors import GalleriaError
from app.foundation.identifiers import new_token
from app.foundation.unit_of_work import UnitOfWork, unit_of_work

security = Blueprint("security", __name__)


@security.get("/account/security")
@signed_in
def show() -> str:
    """Show what protects the account; whoever needs a second factor is led here to set one up."""
    return _page()


@security.get("/account/security/passkeys/new")
@signed_in
@fresh_proof
def new_passkey() -> str:
    """Ask what to call a new passkey."""
    return _passkey_page(name=current_origin().agent, error="")


@security.post("/account/security/passkeys/options")
@signed_in
@fresh_proof
def passkey_options() -> Response:
    """Say what the device is to make a passkey for."""
    visitor = signed_in_visitor()
    browser = cookies.read_cookie(cookies.BROWSER) or new_token()
    with unit_of_work(directory_scope()) as unit:
        options = begin_registration(
            unit, person_id=visitor.person_id, account=visitor.email, name=visitor.name,
            browser=browser, party=relying_party(), must_verify=bool(visitor.roles),
        )  # fmt: skip
    return give_options(options, browser)


@security.post("/account/security/passkeys/new")
@signed_in
@fresh_proof
def add_passkey() -> Response | str | tuple[str, int]:
    """Keep a new passkey; with the first factor come recovery codes."""
    visitor, name = signed_in_visitor(), request.form.get("name", "")[:LONGEST_NAME]
    try:
        browser = cookies.read_cookie(cookies.BROWSER)
        if not browser:
            raise PasskeyRefusedError
        with unit_of_work(directory_scope()) as unit:
            finish_registration(
                unit, person_id=visitor.person_id, browser=browser, party=relying_party(),
                answer=request.form.get("credential", ""), name=name,
                must_verify=bool(visitor.roles),
            )  # fmt: skip
            codes, made_at = _first_codes(unit), unit.now
    except GalleriaError as error:
        return _passkey_page(name=name, error=error.tell()), error.status
    return _done(gettext("Your passkey is kept."), codes, made_at)


@security.post("/account/security/passkeys/<uuid:passkey_id>/name")
@signed_in
def rename(passkey_id: UUID) -> Response:
    """Give a passkey another name."""
    with unit_of_work(directory_scope()) as unit:
        rename_passkey(
            unit, person_id=signed_in_visitor().person_id, passkey_id=passkey_id,
            name=request.form.get("name", "")[:LONGEST_NAME],
        )  # fmt: skip
    flash(gettext("The name is saved."))
    return _to_page()


@security.post("/account/security/passkeys/<uuid:passkey_id>/remove")
@signed_in
@fresh_proof
def drop_passkey(passkey_id: UUID) -> Response | tuple[str, int]:
    """Forget a passkey."""
    try:
        with unit_of_work(directory_scope()) as unit:
            remove_passkey(unit, person_id=signed_in_visitor().person_id, passkey_id=passkey_id)
    except GalleriaError as error:
        if error.status == 404:  # noqa: PLR2004 - another's passkey is told like none
            raise
        return _page(error=error.tell()), error.status
    flash(gettext("The passkey is removed."))
    return _to_page()


@security.get("/account/security/app")
@signed_in
@fresh_proof
def new_app() -> str:
    """Show the secret for an app, as a picture and to type."""
    return _app_page(error="")


@security.post("/account/security/app")
@signed_in
@fresh_proof
def add_app() -> Response | str | tuple[str, int]:
    """Let the app count once it has shown a first code."""
    try:
        with unit_of_work(directory_scope()) as unit:
            confirm_app(unit, person_id=signed_in_visitor().person_id, code=typed_code())
            codes, made_at = _first_codes(unit), unit.now
    except GalleriaError as error:
        return _app_page(error=error.tell()), error.status
    return _done(gettext("Your app is set up."), codes, made_at)


@security.post("/account/security/app/remove")
@signed_in
@fresh_proof
def drop_app() -> Response | tuple[str, int]:
    """Forget the app."""
    try:
        with unit_of_work(directory_scope()) as unit:
            remove_app(unit, person_id=signed_in_visitor().person_id)
    except GalleriaError as error:
        return _page(error=error.tell()), error.status
    flash(gettext("The app is removed."))
    return _to_page()


@security.post("/account/security/codes")
@signed_in
@fresh_proof
def new_codes() -> str | Response:
    """Make recovery codes in place of the ones before; they are shown once."""
    with unit_of_work(directory_scope()) as unit:
        codes = make_recovery_codes(unit, person_id=signed_in_visitor().person_id)
        made_at = unit.now
    return _done("", codes, made_at)


def _page(error: str = "") -> str:
    visitor, back = signed_in_visitor(), _back()
    with unit_of_work(directory_scope()) as unit:
        factors = get_factors(unit, visitor.person_id)
        person = get_person(unit, visitor.person_id)
    return render_template(
        "security.html", factors=factors, person=person, error=error, back=_query(back),
        must_have_one=bool(visitor.roles), was_led_here=back is not None, name_length=LONGEST_NAME,
    )  # fmt: skip


def _passkey_page(*, name: str, error: str) -> str:
    return render_template(
        "passkey.html", name=name, error=error, back=_back(), name_length=LONGEST_NAME
    )


def _app_page(*, error: str) -> str:
    visitor = signed_in_visitor()
    with unit_of_work(directory_scope()) as unit:
        secret = begin_app(unit, person_id=visitor.person_id)
    address = pyotp.TOTP(secret).provisioning_uri(name=visitor.email, issuer_name="Galleria")
    return render_template(
        "authenticator_app.html", error=error, back=_back(), picture=qr_code(address),
        typed=" ".join(secret[n : n + 4] for n in range(0, len(secret), 4)),
    )  # fmt: skip


def _first_codes(unit: UnitOfWork) -> list[str]:
    """Make recovery codes where the person has none: with the first factor."""
    person_id = signed_in_visitor().person_id
    if count_recovery_codes(unit, person_id):
        return []
    return make_recovery_codes(unit, person_id=person_id)


def _done(told: str, codes: list[str], made_at: datetime) -> Response | str:
    """Show codes that were just made, or go on."""
    back = _back()
    if codes:
        return render_template(
            "recovery_codes.html", codes=codes, told=told, made_at=made_at,
            file=_file_of(codes),
            onward=back.url if back else url_for("security.show"), goes_back=back is not None,
        )  # fmt: skip
    flash(told)
    return redirect(back.url, code=303) if back else _to_page()


def _file_of(codes: list[str]) -> str:
    """Return the codes as a file in an address of its own: nothing keeps them on our side."""
    lines = ["Galleria", signed_in_visitor().email, gettext("Recovery codes"), "", *codes, ""]
    return f"data:text/plain;charset=utf-8,{quote(chr(10).join(lines))}"


def _back() -> Destination | None:
    """Return where the person was led here from, if they were."""
    if not request.values.get("to"):
        return None
    if "security_back" not in g:
        g.security_back = read_destination(request.values, url_for("security.show"))
    found: Destination = g.security_back
    return found


def _query(back: Destination | None) -> str:
    return f"?{urlencode({'to': back.host, 'next': back.path})}" if back else ""


def _to_page() -> Response:
    page: Response = redirect(url_for("security.show"), code=303)
    return page

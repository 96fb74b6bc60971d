"""A new password by a link: one hour, once, and with the second factor where there is one."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from app.domains.accounts.factors.errors import (
    PasswordRefusedError,
    ResetLinkGoneError,
    SecondFactorMissingError,
)
from app.domains.accounts.factors.operations.passkeys.proving import ProvedPasskey
from app.domains.accounts.factors.operations.resets import (
    OpenReset,
    ask_reset,
    open_reset,
    reset_password,
)
from app.domains.accounts.factors.queries import list_second_factors
from app.domains.accounts.factors.rules import (
    LEAST_ALONE,
    LEAST_WITH_SECOND,
    LONGEST_PASSWORD,
    Ceremony,
    Factor,
    Step,
)
from app.domains.accounts.people.rules import LONGEST_EMAIL
from app.faces.marketplace.proofs import (
    check_passkey,
    counted,
    headers_of,
    passkey_options,
    typed_code,
)
from app.faces.shared.access import public
from app.foundation.database import directory_scope
from app.foundation.errors import GalleriaError
from app.foundation.sealing import email_indexes
from app.foundation.unit_of_work import unit_of_work

reset = Blueprint("reset", __name__)


@reset.get("/reset")
@public
def ask() -> str:
    """Ask which account it is about."""
    return render_template("reset.html", email=request.args.get("email", "")[:LONGEST_EMAIL])


@reset.post("/reset")
@public
def take() -> str:
    """Take the wish down; the answer and its time are the same whether the account exists or not."""
    email = request.form.get("email", "")[:LONGEST_EMAIL]
    with unit_of_work(directory_scope()) as unit:
        ask_reset(unit, account_indexes=email_indexes(email))
    return render_template("reset_asked.html", email=email.strip())


@reset.get("/reset/<token>")
@public
def choose(token: str) -> str | tuple[str, int]:
    """Ask for the new password, and for the second factor."""
    try:
        return _page(token, _open(token), {})
    except ResetLinkGoneError as error:
        return _gone(error)


@reset.post("/reset/<token>/options")
@public
def passkey(token: str) -> Response | tuple[str, int]:
    """Say what the person's passkey is to sign."""
    try:
        person_id = _open(token).person_id
    except ResetLinkGoneError as error:
        return _gone(error)
    return passkey_options(Ceremony.RESET, person_id, must_verify=False)


@reset.post("/reset/<token>")
@public
def finish(token: str) -> Response | tuple[str, int] | tuple[str, int, dict[str, str]]:
    """Set the new password, once the second factor was right; everybody is signed out."""
    try:
        opened = _open(token)
    except ResetLinkGoneError as error:
        return _gone(error)
    try:
        _reset(token, opened)
    except ResetLinkGoneError as error:
        return _gone(error)
    except GalleriaError as error:
        field = "password" if isinstance(error, PasswordRefusedError) else "code"
        return _page(token, opened, {field: error.tell()}), error.status, headers_of(error)
    flash(gettext("Your new password counts from now on. Every browser is signed out; sign in."))
    return redirect(url_for("sign_in.ask"), code=303)


def _reset(token: str, opened: OpenReset) -> None:
    """Reset by passkey, which is never counted, or by what was typed, which is."""
    if request.form.get("credential"):
        proved = check_passkey(Ceremony.RESET, opened.person_id, must_verify=False)
        _set_password(token, proved)
        return
    if not typed_code().strip():
        _set_password(token, None)
        return
    with counted(
        Step.CODE, opened.account_indexes,
        forgives=(PasswordRefusedError, SecondFactorMissingError, ResetLinkGoneError),
    ):  # fmt: skip
        _set_password(token, None)


def _set_password(token: str, passkey: ProvedPasskey | None) -> UUID:
    with unit_of_work(directory_scope()) as unit:
        return reset_password(
            unit, token=token, code=typed_code(), passkey=passkey,
            password=request.form.get("password", "")[: LONGEST_PASSWORD + 1],
        )  # fmt: skip


def _open(token: str) -> OpenReset:
    with unit_of_work(directory_scope()) as unit:
        return open_reset(unit, token=token)


def _page(token: str, opened: OpenReset, errors: dict[str, str]) -> str:
    with unit_of_work(directory_scope()) as unit:
        factors = list_second_factors(unit, opened.person_id)
    return render_template(
        "reset_choose.html", token=token, errors=errors, is_protected=bool(factors),
        has_passkey=Factor.PASSKEY in factors,
        least=LEAST_WITH_SECOND if factors else LEAST_ALONE,
    )  # fmt: skip


def _gone(error: ResetLinkGoneError) -> tuple[str, int]:
    return render_template("reset_gone.html", error=error.tell()), error.status

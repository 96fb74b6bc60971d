"""Signing in, and handing the sign-in over to another host."""

from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from app.domains.accounts.challenges.rules import Purpose
from app.domains.accounts.factors.errors import PasskeyRefusedError
from app.domains.accounts.factors.operations.second_step import begin_second_step
from app.domains.accounts.factors.queries import has_second_factor
from app.domains.accounts.factors.rules import LONGEST_PASSWORD, SECOND_STEP_LIFE, Ceremony, Step
from app.domains.accounts.people.rules import LONGEST_EMAIL
from app.domains.accounts.sessions.operations.ending import end_session
from app.domains.accounts.sessions.operations.handing_over import make_hand_over
from app.domains.accounts.sessions.operations.signing_in import (
    SignedIn,
    begin_session,
    check_password,
)
from app.faces.marketplace.proofs import (
    check_passkey,
    counted,
    headers_of,
    is_known_here,
    passkey_options,
)
from app.faces.shared import cookies
from app.faces.shared.access import public, signed_in
from app.faces.shared.browsers import current_origin
from app.faces.shared.challenges import check_challenge, is_sign_in_challenged, offer_challenge
from app.faces.shared.destinations import Destination, is_our_host, read_path
from app.faces.shared.sessions import current_visitor, set_session_cookie
from app.foundation.database import directory_scope
from app.foundation.errors import GalleriaError
from app.foundation.sealing import email_indexes
from app.foundation.unit_of_work import unit_of_work

sign_in = Blueprint("sign_in", __name__)


@sign_in.get("/sign-in")
@public
def ask() -> Response | str:
    """Ask who somebody is."""
    path = next_path()
    if current_visitor():
        return redirect(path, code=303)
    return _page(request.args.get("email", "")[:LONGEST_EMAIL], "")


@sign_in.post("/sign-in")
@public
def take() -> Response | tuple[str, int, dict[str, str]]:
    """Sign somebody in with a password."""
    email = request.form.get("email", "")[:LONGEST_EMAIL]
    try:
        if _is_challenged(email):
            check_challenge(Purpose.SIGN_IN)
        person_id = _check_password(email, request.form.get("password", "")[: LONGEST_PASSWORD + 1])
    except GalleriaError as error:
        return _page(email, error.tell()), error.status, headers_of(error)
    return _go_on(person_id)


def _is_challenged(email: str) -> bool:
    """Whether a sign-in has to answer a challenge; a browser that signed in before never has to."""
    return not is_known_here(email_indexes(email)) and is_sign_in_challenged(email_indexes(email))


def _page(email: str, error: str) -> str:
    offered = offer_challenge(Purpose.SIGN_IN) if _is_challenged(email) else None
    return render_template(
        "sign_in.html", email=email, error=error, next=next_path(), offered=offered
    )


def _check_password(email: str, password: str) -> UUID:
    """Check a password; the work is the same whether the account exists or not."""
    with counted(Step.PASSWORD, email_indexes(email)), unit_of_work(directory_scope()) as unit:
        return check_password(unit, email=email, password=password)


@sign_in.post("/sign-in/passkey/options")
@public
def passkey() -> Response:
    """Say what a passkey of anybody is to sign; it alone signs in, so it must check its owner."""
    return passkey_options(Ceremony.SIGN_IN, None, must_verify=True)


@sign_in.post("/sign-in/passkey")
@public
def take_passkey() -> Response | tuple[str, int]:
    """Sign somebody in with a passkey alone; it is never blocked."""
    try:
        proved = check_passkey(Ceremony.SIGN_IN, None, must_verify=True)
    except PasskeyRefusedError as error:
        return _page("", error.tell()), error.status
    return begin(proved.person_id, method="passkey", path=next_path())


def _go_on(person_id: UUID) -> Response:
    """Begin the sign-in, or ask for the second factor first."""
    with unit_of_work(directory_scope()) as unit:
        is_protected = has_second_factor(unit, person_id)
        token = begin_second_step(unit, person_id=person_id) if is_protected else ""
    if not is_protected:
        return begin(person_id, method="password", path=next_path())
    response = redirect(url_for("second_step.ask", next=next_path()), code=303)
    seconds = int(SECOND_STEP_LIFE.total_seconds())
    cookies.set_cookie(response, cookies.SECOND_STEP, token, seconds=seconds)
    return response


def begin(person_id: UUID, *, method: str, path: str) -> Response:
    """Begin a sign-in on this host and lead on; the one before in this browser ends."""
    before = current_visitor()
    with unit_of_work(directory_scope()) as unit:
        if before:
            end_session(unit, person_id=before.person_id, parent_id=before.parent_id)
        begun = begin_session(
            unit, person_id=person_id, host=request.host, method=method, origin=current_origin(),
            device_token=cookies.read_cookie(cookies.DEVICE),
        )  # fmt: skip
    return _give_cookies(redirect(path, code=303), begun)


def _give_cookies(response: Response, begun: SignedIn) -> Response:
    set_session_cookie(response, begun.token)
    cookies.set_cookie(response, cookies.DEVICE, begun.device_token, seconds=cookies.DEVICE_SECONDS)
    return response


@sign_in.get("/hand-over")
@signed_in
def hand_over() -> Response | tuple[str, int]:
    """Give another host of ours a code that begins its own session."""
    host, nonce = request.args.get("to", ""), request.args.get("nonce", "")
    visitor = current_visitor()
    if visitor is None or not nonce or not is_our_host(host):
        return redirect(f"{request.script_root}/", code=303)
    with unit_of_work(directory_scope()) as unit:
        code = make_hand_over(unit, parent_id=visitor.parent_id, host=host, nonce=nonce)
    query = {"code": code, "next": read_path(request.args, "/")}
    if "again" in request.args:
        query["again"] = "1"
    there = Destination(host, f"{request.script_root}/signed-in?{urlencode(query)}")
    return redirect(there.url, code=303)


@sign_in.post("/sign-out")
@public
def leave() -> Response:
    """End the sign-in here and on every other host."""
    visitor = current_visitor()
    if visitor:
        with unit_of_work(directory_scope()) as unit:
            end_session(unit, person_id=visitor.person_id, parent_id=visitor.parent_id)
    flash(gettext("You are signed out, here and in every shop."))
    response = redirect(f"{request.script_root}/", code=303)
    cookies.drop_cookie(response, cookies.SESSION)
    cookies.drop_cookie(response, cookies.PARKED)
    return response


def next_path() -> str:
    """Return where the person wants to be once signed in: a path of this host."""
    return read_path(request.values, f"{request.script_root}/account")

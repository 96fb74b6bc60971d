"""One sign-in everywhere: it happens on the marketplace's host; every other takes it over.

A host that wants somebody signed in keeps a nonce in their browser and leads them to the
marketplace, which answers with a code for that host and nonce (docs/architecture.md, "sign-in").
"""

from collections.abc import Callable
from urllib.parse import urlencode

from flask import Blueprint, current_app, flash, redirect, render_template, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from app.domains.accounts.sessions.errors import HandOverSpentError
from app.domains.accounts.sessions.operations.ending import end_session
from app.domains.accounts.sessions.operations.handing_over import take_over
from app.faces.shared import cookies
from app.faces.shared.access import public
from app.faces.shared.destinations import on_marketplace, read_path
from app.faces.shared.sessions import current_visitor, set_session_cookie
from app.foundation.configuration import Configuration
from app.foundation.database import directory_scope
from app.foundation.identifiers import new_token
from app.foundation.tokens import hash_token
from app.foundation.unit_of_work import unit_of_work

NONCE_SECONDS = 60 * 60
"""Long enough to make an account on the way."""


def make_sign_in(
    face: str,
    *,
    arrived: Callable[[Response, str], None] | None = None,
    left: Callable[[Response], None] | None = None,
) -> Blueprint:
    """Return the pages by which a host takes a sign-in over, and ends it.

    `arrived` is called with the answer and the new session's secret, for what follows on this host;
    `left` with the answer to signing out.
    """
    pages = Blueprint("sign_in", f"{__name__}.{face}")

    @pages.get("/sign-in")
    @public
    def ask() -> Response:
        """Lead to the marketplace, which knows who is signed in or asks."""
        path = read_path(request.values, f"{request.script_root}/")
        if current_visitor():
            return redirect(path, code=303)
        return _lead_to_marketplace(path)

    @pages.get("/signed-in")
    @public
    def take() -> Response | tuple[str, int]:
        """Begin this host's session with the code that the marketplace gave."""
        path = read_path(request.values, f"{request.script_root}/")
        nonce = cookies.read_cookie(cookies.NONCE)
        if not nonce and "again" not in request.args:
            return _lead_to_marketplace(path, again=True)
        try:
            with unit_of_work(directory_scope()) as unit:
                token = take_over(
                    unit, code=request.args.get("code", ""), host=request.host, nonce=_sent(nonce)
                )
        except HandOverSpentError as error:
            return render_template("sign_in_again.html", error=error.tell(), next=path), 422
        response = redirect(path, code=303)
        set_session_cookie(response, token)
        cookies.drop_cookie(response, cookies.NONCE)
        if arrived:
            arrived(response, token)
        return response

    @pages.post("/sign-out")
    @public
    def leave() -> Response:
        """End the whole sign-in, here and on every other host."""
        visitor = current_visitor()
        if visitor:
            with unit_of_work(directory_scope()) as unit:
                end_session(unit, person_id=visitor.person_id, parent_id=visitor.parent_id)
        flash(gettext("You are signed out, here and in every shop."))
        response = redirect(_page_for_strangers(), code=303)
        cookies.drop_cookie(response, cookies.SESSION)
        cookies.drop_cookie(response, cookies.PARKED)
        if left:
            left(response)
        return response

    return pages


def _lead_to_marketplace(path: str, *, again: bool = False) -> Response:
    nonce = new_token()
    query = {"to": request.host, "next": path, "nonce": _sent(nonce)}
    if again:
        query["again"] = "1"
    response = redirect(
        on_marketplace(f"{request.script_root}/hand-over?{urlencode(query)}"), code=303
    )
    cookies.set_cookie(response, cookies.NONCE, nonce, seconds=NONCE_SECONDS)
    return response


def _sent(nonce: str) -> str:
    """Return what other hosts see of a nonce: its hash, so that the code is of no use elsewhere."""
    return hash_token(nonce).hex() if nonce else ""


def _page_for_strangers() -> str:
    """Return a page of this host that anyone may see, or the marketplace's."""
    configuration: Configuration = current_app.config["GALLERIA"]
    is_console = request.host in {
        f"{label}.{configuration.base_domain}" for label in ("console", "admin")
    }
    return on_marketplace("/") if is_console else f"{request.script_root}/"

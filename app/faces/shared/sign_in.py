"""Signing in and out, on each console."""

from flask import Blueprint, current_app, flash, g, redirect, render_template, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from app.domains.accounts.errors import SignInRefusedError, TooManyFailuresError
from app.domains.accounts.operations import (
    SignedIn,
    check_failures,
    note_failure,
    sign_in,
    sign_out,
)
from app.faces.shared.access import public
from app.faces.shared.sessions import drop_session_cookie, set_session_cookie
from app.foundation.database import directory_scope
from app.foundation.unit_of_work import unit_of_work

LONGEST_EMAIL, LONGEST_PASSWORD = 254, 1024


def make_sign_in(face: str) -> Blueprint:
    """Return the sign-in pages for a console."""
    pages = Blueprint("sign_in", f"{__name__}.{face}")

    @pages.get("/sign-in")
    @public
    def ask() -> str:
        return render_template("sign_in.html", email="", error="", next=_next())

    @pages.post("/sign-in")
    @public
    def take() -> Response | tuple[str, int]:
        email = request.form.get("email", "")[:LONGEST_EMAIL]
        try:
            signed_in = _sign_in(email, request.form.get("password", "")[:LONGEST_PASSWORD])
        except (SignInRefusedError, TooManyFailuresError) as error:
            page = render_template("sign_in.html", email=email, error=error.tell(), next=_next())
            return page, error.status
        response = redirect(_next())
        set_session_cookie(response, signed_in.token)
        return response

    @pages.post("/sign-out")
    @public
    def leave() -> Response:
        if g.get("visitor"):
            with unit_of_work(directory_scope()) as unit:
                sign_out(unit, session_id=g.visitor.session_id)
        flash(gettext("You are signed out."))
        response = redirect("/sign-in")
        drop_session_cookie(response)
        return response

    return pages


def _sign_in(email: str, password: str) -> SignedIn:
    """Sign in; a failure is counted in a commit of its own, because the refusal rolls back."""
    with unit_of_work(directory_scope()) as unit:
        check_failures(unit, email=email)
    try:
        with unit_of_work(directory_scope()) as unit:
            return sign_in(unit, email=email, password=password, host=request.host)
    except SignInRefusedError:
        with unit_of_work(directory_scope()) as unit:
            note_failure(unit, email=email)
        raise


def _next() -> str:
    """Return where to go after signing in: a path of this host, never another site."""
    wanted = request.values.get("next", "/")
    is_path = wanted.startswith("/") and not wanted.startswith(("//", "/\\"))
    return wanted if is_path and current_app.url_map else "/"

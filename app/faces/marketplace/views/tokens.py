"""A person's keys for programs: see them, make one with a fresh proof, withdraw one."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from app.domains.accounts.tokens.operations import withdraw_token
from app.domains.accounts.tokens.queries import list_own_tokens
from app.domains.accounts.tokens.rules import OwnScope, tell_scope
from app.faces.shared.access import fresh_proof, signed_in
from app.faces.shared.sessions import signed_in_visitor
from app.faces.shared.token_forms import TokenForm, life_choices, scope_choices, take_token_form
from app.foundation.database import directory_scope
from app.foundation.unit_of_work import unit_of_work

tokens = Blueprint("tokens", __name__)


@tokens.get("/account/keys")
@signed_in
def index() -> str:
    """Show the keys for the own account that still open something."""
    with unit_of_work(directory_scope()) as unit:
        found = list_own_tokens(unit, person_id=signed_in_visitor().person_id)
    return render_template(
        "account_tokens.html", tokens=found, told=tell_scope,
        withdraw=lambda token_id: url_for("tokens.withdraw", token_id=token_id),
    )  # fmt: skip


@tokens.get("/account/keys/new")
@signed_in
@fresh_proof
def ask() -> str:
    """Ask what the key is for, what it may do and when it ends."""
    return _page(TokenForm(scopes=frozenset({OwnScope.SEE_ACCOUNT})))


@tokens.post("/account/keys/new")
@signed_in
@fresh_proof
def make() -> Response | tuple[str, int]:
    """Make the key and show it, once."""
    made = take_token_form(shop_id=None, allowed=OwnScope)
    if made.secret is None and made.status == 200:  # noqa: PLR2004 - a second click
        flash(gettext("This key was made before. It can be seen only once: make another."))
        return redirect(url_for("tokens.index"), code=303)
    return _page(made.form, made.secret), made.status


def _page(form: TokenForm, secret: str | None = None) -> str:
    return render_template(
        "account_token.html", form=form, secret=secret, scopes=scope_choices(OwnScope),
        lives=life_choices(),
    )  # fmt: skip


@tokens.post("/account/keys/<uuid:token_id>/withdraw")
@signed_in
def withdraw(token_id: UUID) -> Response:
    """Withdraw a key: it opens nothing from now on."""
    with unit_of_work(directory_scope()) as unit:
        withdraw_token(unit, token_id=token_id, person_id=signed_in_visitor().person_id)
    flash(gettext("The key is withdrawn and opens nothing any more."))
    return redirect(url_for("tokens.index"), code=303)

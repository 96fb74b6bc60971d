"""A shop's keys for programs: see them, make one with a fresh proof, withdraw one."""

from uuid import UUID

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from app.domains.accounts.permissions import Permission
from app.domains.accounts.tokens.operations import withdraw_shop_token
from app.domains.accounts.tokens.queries import list_shop_tokens
from app.domains.accounts.tokens.rules import SHOP_SCOPES, tell_scope
from app.faces.shared.access import fresh_proof, requires
from app.faces.shared.sessions import signed_in_visitor
from app.faces.shared.token_forms import TokenForm, life_choices, scope_choices, take_token_form
from app.foundation.database import directory_scope
from app.foundation.unit_of_work import unit_of_work

tokens = Blueprint("tokens", __name__)


@tokens.get("/shops/<uuid:shop_id>/keys")
@requires(Permission.MANAGE_TOKENS)
def index(shop_id: UUID) -> str:
    """Show the shop's keys that still open something, whoever made them."""
    with unit_of_work(directory_scope()) as unit:
        found = list_shop_tokens(unit, shop_id=shop_id)
    return render_template(
        "tokens.html", tokens=found, told=tell_scope,
        withdraw=lambda each: url_for("tokens.withdraw", shop_id=shop_id, token_id=each),
    )  # fmt: skip


@tokens.get("/shops/<uuid:shop_id>/keys/new")
@requires(Permission.MANAGE_TOKENS)
@fresh_proof
def ask(shop_id: UUID) -> str:
    """Ask what the key is for, what it may do and when it ends."""
    del shop_id
    return _page(TokenForm())


@tokens.post("/shops/<uuid:shop_id>/keys/new")
@requires(Permission.MANAGE_TOKENS)
@fresh_proof
def make(shop_id: UUID) -> Response | tuple[str, int]:
    """Make the key and show it, once; it may never do more than its maker."""
    made = take_token_form(shop_id=shop_id, allowed=_own_scopes())
    if made.secret is None and made.status == 200:  # noqa: PLR2004 - a second click
        flash(gettext("This key was made before. It can be seen only once: make another."))
        return redirect(url_for("tokens.index", shop_id=shop_id), code=303)
    return _page(made.form, made.secret), made.status


def _own_scopes() -> list[Permission]:
    return [each for each in SHOP_SCOPES if signed_in_visitor().may(each, g.shop.id)]


def _page(form: TokenForm, secret: str | None = None) -> str:
    return render_template(
        "token.html", form=form, secret=secret, scopes=scope_choices(_own_scopes()),
        lives=life_choices(),
    )  # fmt: skip


@tokens.post("/shops/<uuid:shop_id>/keys/<uuid:token_id>/withdraw")
@requires(Permission.MANAGE_TOKENS)
def withdraw(shop_id: UUID, token_id: UUID) -> Response:
    """Withdraw a key of the shop: it opens nothing from now on."""
    with unit_of_work(directory_scope()) as unit:
        withdraw_shop_token(
            unit, token_id=token_id, shop_id=shop_id, actor=signed_in_visitor().person_id
        )
    flash(gettext("The key is withdrawn and opens nothing any more."))
    return redirect(url_for("tokens.index", shop_id=shop_id), code=303)

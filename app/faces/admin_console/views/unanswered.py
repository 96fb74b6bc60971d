"""Money that was asked of the provider and had no answer for longer than it should."""

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext

from app.domains.accounts.permissions import Permission
from app.domains.fulfilment.asking import ask_again
from app.domains.payments.unanswered.queries import UnansweredRecord, list_overdue
from app.domains.payments.unanswered.rules import (
    SHOULD_ANSWER_WITHIN,
    SHOULD_ARRIVE_WITHIN,
    UnansweredKind,
)
from app.faces.shared.access import requires
from app.foundation.database import PlatformScope, cell_names, directory_scope
from app.foundation.errors import NotFoundError
from app.foundation.identifiers import parse_id
from app.foundation.unit_of_work import unit_of_work
from tenants.operations import get_shop
from tenants.resolution import find_shops

unanswered = Blueprint("unanswered", __name__)
LIMIT = 200


@unanswered.get("/unanswered")
@requires(Permission.SEE_BOOKS)
def index() -> str:
    """Show what waits for the provider too long, oldest first, with what to do about each."""
    found: list[UnansweredRecord] = []
    for cell in cell_names():
        with unit_of_work(PlatformScope(cell, "platform_reader")) as unit:
            found += list_overdue(unit, limit=LIMIT + 1)
    found.sort(key=lambda each: each.since)
    with unit_of_work(directory_scope()) as unit:
        shops = find_shops(unit, {each.shop for each in found[:LIMIT]})
    return render_template(
        "unanswered.html", found=found[:LIMIT], has_more=len(found) > LIMIT, shops=shops,
        minutes=SHOULD_ANSWER_WITHIN.seconds // 60, days=SHOULD_ARRIVE_WITHIN.days,
    )  # fmt: skip


@unanswered.post("/unanswered")
@requires(Permission.ASK_PROVIDER)
def ask() -> Any:
    """Ask the provider again about one of them, and tell whether it answered."""
    form = request.form
    shop_id, item_id = parse_id(form.get("shop_id", "")), parse_id(form.get("item_id", ""))
    kind = form.get("kind", "")
    if shop_id is None or item_id is None or kind not in set(UnansweredKind):
        raise NotFoundError
    with unit_of_work(directory_scope()) as unit:
        shop = get_shop(unit, shop_id)
    is_answered = ask_again(
        shop.scope, kind=UnansweredKind(kind), item_id=item_id, actor=g.visitor.person_id
    )
    if is_answered:
        flash(gettext("Stripe has answered; how it stands is written down."))
    else:
        flash(
            gettext(
                "Nothing new from Stripe, and nothing has changed; we go on asking by ourselves."
            )
        )
    return redirect(url_for("unanswered.index"), 303)

"""What failed, with a way to send it again; and the check of the books."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from app.domains.accounts.permissions import Permission
from app.domains.ledger.invariants import check_books
from app.domains.payments.inbox.operations import list_messages
from app.faces.shared.access import requires
from app.foundation.database import DIRECTORY, PlatformScope, cell_names, directory_scope
from app.foundation.delivery import DeliveryKey, list_failed, resend
from app.foundation.flags import list_stopped
from app.foundation.identifiers import parse_id
from app.foundation.unit_of_work import unit_of_work
from tenants.resolution import find_shops

operations = Blueprint("operations", __name__)


@operations.get("/failures")
@requires(Permission.SEE_FAILURES)
def failures() -> str:
    """Show deliveries that failed, and the newest webhooks."""
    with unit_of_work(directory_scope()) as unit:
        failed = list_failed(unit)
        messages = list_messages(unit, limit=50)
    for cell in cell_names():
        with unit_of_work(PlatformScope(cell, "platform_operator")) as unit:
            failed += list_failed(unit)
    return render_template("failures.html", failed=failed, messages=messages)


@operations.post("/failures/resend")
@requires(Permission.RESEND_FAILED)
def send_again() -> Any:
    """Let a failed delivery be tried again at once."""
    form = request.form
    database = form.get("database", "")
    if parse_id(form.get("event_id", "")) is None or database not in {DIRECTORY, *cell_names()}:
        abort(404)
    key = DeliveryKey(database, form.get("shop", ""), form["event_id"], form.get("reaction", ""))
    scope = (
        directory_scope() if database == DIRECTORY else PlatformScope(database, "platform_operator")
    )
    with unit_of_work(scope) as unit:
        resend(unit, key=key)
    flash(gettext("It is tried again now."))
    return redirect(url_for("operations.failures"), 303)


@operations.get("/books")
@requires(Permission.SEE_BOOKS)
def books() -> str:
    """Show the ledger's invariants, each with its figure."""
    findings, stops = [], []
    for cell in cell_names():
        with unit_of_work(PlatformScope(cell, "platform_reader")) as unit:
            findings += [(cell, finding) for finding in check_books(unit)]
            stops += list_stopped(unit)
    with unit_of_work(directory_scope()) as unit:
        shops = find_shops(unit, {stop.shop for stop in stops})
    stopped = [(stop, shops.get(stop.shop)) for stop in stops]
    return render_template("books.html", findings=findings, stopped=stopped)

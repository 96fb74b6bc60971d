"""What somebody had written when their session was over: kept, and put back into the page.

The form that was refused is sealed and kept for an hour, known by a cookie of its host. Once the
person is back on the page that held it, the page is filled in again, with nothing but HTML.
"""

from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import lxml.html
from flask import after_this_request, flash, g, request
from flask_babel import gettext
from lxml.html import FormElement
from werkzeug.wrappers import Response

from app.domains.accounts.sessions.operations.parking import (
    WrittenForm,
    drop_parked_form,
    park_form,
)
from app.domains.accounts.sessions.queries import find_parked_form
from app.domains.accounts.sessions.rules import PARKED_LIFE
from app.faces.shared import cookies
from app.faces.shared.destinations import Destination
from app.foundation.database import directory_scope
from app.foundation.unit_of_work import unit_of_work

NEVER_KEPT = frozenset({"password", "file", "hidden"})
"""Kinds of fields that a page brings itself, or that are not to be kept."""
SECRETS = ("password", "code", "token")
"""Fields whose names say that they hold a secret."""
MOST_BYTES = 256 * 1024


def keep_written_form(response: Response, page: Destination) -> None:
    """Keep the form of this request for the page that held it."""
    fields = [
        (name, value)
        for name, value in request.form.items(multi=True)
        if not any(secret in name for secret in SECRETS)
    ]
    if not fields or sum(len(name) + len(value) for name, value in fields) > MOST_BYTES:
        return
    action = f"{request.script_root}{request.path}"
    with unit_of_work(directory_scope()) as unit:
        token = park_form(
            unit,
            host=request.host,
            form=WrittenForm(action, urlsplit(page.path).path, fields),
            session_token=cookies.read_cookie(cookies.SESSION),
        )
    cookies.set_cookie(response, cookies.PARKED, token, seconds=int(PARKED_LIFE.total_seconds()))


def find_written_form(person_id: UUID) -> None:
    """Look whether this page is one that this person had written on; say so."""
    token = cookies.read_cookie(cookies.PARKED)
    if not token:
        return
    with unit_of_work(directory_scope()) as unit:
        form = find_parked_form(unit, token=token, host=request.host, person_id=person_id)
    if form and form.page == f"{request.script_root}{request.path}":
        g.written_form = form
        flash(gettext("Nothing is lost: what you had written is here. Check it, then send it."))


def fill_page(response: Response) -> Response:
    """Put what had been written back into the page's form."""
    form: WrittenForm | None = g.get("written_form")
    if form is None or response.mimetype != "text/html" or response.is_streamed:
        return response
    response.set_data(fill(response.get_data(as_text=True), form))
    return response


def fill(page: str, written: WrittenForm) -> str:
    """Return a page whose form for the same action holds what had been written."""
    document = lxml.html.document_fromstring(page)
    form = next(
        (each for each in document.forms if _action(each, written.page) == written.action), None
    )
    if form is None:
        return page
    values: dict[str, list[str]] = {}
    for name, value in written.fields:
        values.setdefault(name, []).append(value)
    for element in form.inputs:
        _fill_in(element, values)
    return lxml.html.tostring(document, encoding="unicode", doctype="<!doctype html>")


def _action(form: FormElement, page: str) -> str:
    return urlsplit(form.get("action") or "").path or page


def _fill_in(element: Any, values: dict[str, list[str]]) -> None:
    kind = element.get("type", "text")
    if element.tag == "input" and kind in {"checkbox", "radio"}:
        element.checked = element.get("value", "on") in values.get(element.name, [])
        return
    if element.name not in values or (element.tag == "input" and kind in NEVER_KEPT):
        return
    given = values[element.name]
    if element.tag == "select":
        for option in element.iter("option"):
            _choose(option, given)
    else:
        element.value = given.pop(0) if len(given) > 1 else given[0]


def _choose(option: Any, given: list[str]) -> None:
    option.attrib.pop("selected", None)
    if option.get("value", option.text or "") in given:
        option.set("selected", "selected")


def forget_sent_form() -> None:
    """Forget what had been written once a form is sent with a session in force."""
    token = cookies.read_cookie(cookies.PARKED)
    if not token:
        return
    with unit_of_work(directory_scope()) as unit:
        drop_parked_form(unit, token=token)

    @after_this_request
    def forget(response: Response) -> Response:
        cookies.drop_cookie(response, cookies.PARKED)
        return response

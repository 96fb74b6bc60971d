"""A person's own log: what they did, on every shop, and what was done to their account."""

from flask import Blueprint, render_template, request
from flask_babel import gettext

from app.domains.accounts.names.queries import list_of_platform
from app.faces.shared.access import signed_in
from app.faces.shared.log.rows import LogRow, people_in
from app.faces.shared.log.searching import (
    PAGE_SIZE,
    action_choices,
    kind_choices,
    older_than,
    read_log_form,
)
from app.faces.shared.log.words import ACTORS, tell_name
from app.faces.shared.sessions import signed_in_visitor
from app.foundation.audit.queries import LogEntry, Search, list_log_of_person, merge
from app.foundation.database import PlatformScope, cell_names, directory_scope
from app.foundation.identifiers import parse_id
from app.foundation.unit_of_work import UnitOfWork, unit_of_work
from tenants.resolution import find_shops

log = Blueprint("log", __name__)
LIMIT = PAGE_SIZE + 1


@log.get("/account/log")
@signed_in
def index() -> str:
    """Show the person's own log, newest first."""
    form = read_log_form()
    found = _list_all(form.search)
    entries = found[:PAGE_SIZE]
    with unit_of_work(directory_scope()) as unit:
        shops = _shop_names(unit, entries)
        of_platform = list_of_platform(unit, people_in(entries))
    rows = [
        LogRow(
            entry, _who(entry, of_platform), _name(entry, shops), {},
            shows_place=_is_own(entry), shows_ids=False,
        )
        for entry in entries
    ]  # fmt: skip
    return render_template(
        "account_log.html", form=form, rows=rows, kinds=kind_choices(), actions=action_choices(),
        older=older_than(entries, has_more=len(found) > PAGE_SIZE),
        is_later_page="older" in request.args,
    )  # fmt: skip


def _list_all(search: Search) -> list[LogEntry]:
    person_id = signed_in_visitor().person_id
    with unit_of_work(directory_scope()) as unit:
        found = [list_log_of_person(unit, person_id=person_id, search=search, limit=LIMIT)]
    for cell in cell_names():
        with unit_of_work(PlatformScope(cell, "platform_reader")) as unit:
            found.append(list_log_of_person(unit, person_id=person_id, search=search, limit=LIMIT))
    return merge(found, limit=LIMIT)


def _shop_names(unit: UnitOfWork, entries: list[LogEntry]) -> dict[str, str]:
    """Return the names of the shops that entries speak of, by schema or id."""
    shops = find_shops(unit, {_shop_of(entry) for entry in entries})
    return {each: shop.name for each, shop in shops.items()}


def _shop_of(entry: LogEntry) -> str:
    of_shop = entry.chain if entry.chain.startswith("t_") else ""
    return of_shop or str(entry.fields.get("shop", ""))


def _name(entry: LogEntry, shops: dict[str, str]) -> str:
    is_me = entry.object_id == str(signed_in_visitor().person_id)
    name = shops.get(_shop_of(entry), "")
    if name:
        return name
    if is_me:
        return str(gettext("Your account"))
    return "" if parse_id(entry.object_id) else tell_name(entry)


def _is_own(entry: LogEntry) -> bool:
    return entry.actor == str(signed_in_visitor().person_id)


def _who(entry: LogEntry, of_platform: frozenset[object]) -> str:
    if _is_own(entry):
        return str(gettext("You"))
    actor = parse_id(entry.actor)
    if actor is None:
        return str(ACTORS.get(entry.actor) or entry.actor)
    return str(gettext("Galleria's team") if actor in of_platform else gettext("Somebody else"))

"""Who did what, on the platform and in every shop; for auditors, whose looks are logged too."""

from dataclasses import replace
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, render_template, url_for
from flask_babel import gettext

from app.domains.accounts.memberships.queries import list_names
from app.domains.accounts.people.queries import find_person_id
from app.domains.accounts.permissions import Permission
from app.faces.shared.access import requires
from app.faces.shared.log.rows import LogRow, history_of, people_in
from app.faces.shared.log.searching import (
    PAGE_SIZE,
    LogForm,
    action_choices,
    kind_choices,
    older_than,
    read_log_form,
)
from app.faces.shared.log.words import ACTORS, mark, tell_name
from app.foundation.audit.queries import LogEntry, Search, list_log, list_log_about_shop, merge
from app.foundation.audit.rules import AuditKind
from app.foundation.audit.sealing import find_oldest_unsealed
from app.foundation.audit.turns import LATE
from app.foundation.database import DIRECTORY, PlatformScope, cell_names, directory_scope
from app.foundation.identifiers import parse_id
from app.foundation.unit_of_work import UnitOfWork, unit_of_work
from tenants.resolution import ShopRecord, find_shop, find_shops

log = Blueprint("log", __name__)
LIMIT = PAGE_SIZE + 1


@log.get("/log")
@requires(Permission.SEE_ALL_LOGS)
def index() -> str:
    """Show the log of a shop, or of everything, narrowed by what is looked for."""
    form = read_log_form()
    with unit_of_work(directory_scope()) as unit:
        shop, search = _find_shop(unit, form), _by_email(unit, form)
        found = [] if form.errors else _list_in_directory(unit, search, shop)
    if not form.errors:
        found = merge([found, *_list_in_cells(search, shop)], limit=LIMIT)
    entries = found[:PAGE_SIZE]
    with unit_of_work(directory_scope()) as unit:
        names, shops = list_names(unit, people_in(entries)), _shops(unit, entries)
        unit.audit(
            action="see_log", object_kind="log", object_id=shop.id if shop else "all",
            kind=AuditKind.ACCESS, shop=shop.id if shop else None,
        )  # fmt: skip
    return render_template(
        "log.html", waiting_since=_find_late(), form=form,
        rows=[_row(entry, names, shops) for entry in entries],
        kinds=kind_choices(), actions=action_choices(),
        older=older_than(entries, has_more=len(found) > PAGE_SIZE),
    )  # fmt: skip


def _find_late() -> datetime | None:
    """Return since when rows wait for their seal, where it is longer than it should be."""
    late = []
    for database in (DIRECTORY, *cell_names()):
        scope = directory_scope()
        if database != DIRECTORY:
            scope = PlatformScope(database, "platform_reader")
        with unit_of_work(scope) as unit:
            oldest = find_oldest_unsealed(unit)
            if oldest and unit.now - oldest > LATE:
                late.append(oldest)
    return min(late, default=None)


def _find_shop(unit: UnitOfWork, form: LogForm) -> ShopRecord | None:
    slug = form.typed["shop"].lower()
    shop = find_shop(unit, slug) if slug else None
    if slug and shop is None:
        form.errors["shop"] = gettext("No shop has this address.")
    return shop


def _by_email(unit: UnitOfWork, form: LogForm) -> Search:
    """Let an e-mail stand for its person's id."""
    who = form.typed["who"]
    if "@" not in who:
        return form.search
    person_id = find_person_id(unit, email=who)
    if person_id is None:
        form.errors["who"] = gettext("Nobody has an account with this e-mail.")
    return replace(form.search, actor=str(person_id or ""))


def _list_in_directory(unit: UnitOfWork, search: Search, shop: ShopRecord | None) -> list[LogEntry]:
    if shop:
        return list_log_about_shop(unit, shop=str(shop.id), search=search, limit=LIMIT)
    return list_log(unit, search=search, limit=LIMIT)


def _list_in_cells(search: Search, shop: ShopRecord | None) -> list[list[LogEntry]]:
    found = []
    for cell in [shop.cell] if shop else cell_names():
        with unit_of_work(PlatformScope(cell, "platform_reader")) as unit:
            if shop is None:
                found.append(list_log(unit, search=search, limit=LIMIT))
                continue
            found.append(list_log(unit, search=search, limit=LIMIT, chain=shop.schema))
            found.append(list_log_about_shop(unit, shop=shop.schema, search=search, limit=LIMIT))
    return found


def _shops(unit: UnitOfWork, entries: list[LogEntry]) -> dict[str, ShopRecord]:
    """Return the shops that entries speak of, by schema and by id."""
    named = {entry.chain for entry in entries} | {entry.object_id for entry in entries}
    named |= {str(entry.fields.get("shop", "")) for entry in entries}
    return find_shops(unit, named)


def _row(entry: LogEntry, names: dict[UUID, str], shops: dict[str, ShopRecord]) -> LogRow:
    actor, target = parse_id(entry.actor), parse_id(entry.object_id)
    who = (
        names.get(actor, mark(entry.actor))
        if actor
        else str(ACTORS.get(entry.actor) or entry.actor)
    )
    name, link = tell_name(entry), history_of(entry)
    if entry.object_id in shops:
        about = shops[entry.object_id]
        name, link = about.name, url_for("shops.show", shop_id=about.id)
    elif entry.object_kind == "person" and target in names:
        name = names[target]
    shop = shops.get(entry.chain) or shops.get(str(entry.fields.get("shop")))
    if shop and shop.name != name:
        name = f"{name} · {shop.name}"
    return LogRow(
        entry, who, name, names, link, f"?{urlencode({'who': entry.actor})}" if actor else ""
    )

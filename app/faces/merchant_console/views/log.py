"""Who did what in the shop: its own log, and what the platform did to it."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import Blueprint, g, render_template, request, url_for
from flask_babel import gettext, lazy_gettext

from app.domains.accounts.names.queries import Team, get_team
from app.domains.accounts.permissions import Permission
from app.domains.orders.queries import list_order_numbers, list_orders
from app.faces.shared.access import requires
from app.faces.shared.log.rows import LogRow, people_in
from app.faces.shared.log.searching import (
    PAGE_SIZE,
    LogForm,
    action_choices,
    kind_choices,
    older_than,
    read_log_form,
)
from app.faces.shared.log.words import ACTORS
from app.foundation.audit.queries import LogEntry, Search, list_log, list_log_about_shop, merge
from app.foundation.database import PlatformScope, directory_scope
from app.foundation.identifiers import parse_id
from app.foundation.unit_of_work import UnitOfWork, unit_of_work

log = Blueprint("log", __name__)
NO_ONE_OF_OURS = lazy_gettext("A buyer, or somebody who has left")


@log.get("/shops/<uuid:shop_id>/log")
@requires(Permission.SEE_LOG)
def index(shop_id: UUID) -> str:
    """Show the shop's log, newest first, narrowed by what is looked for."""
    del shop_id
    form, limit = read_log_form(), PAGE_SIZE + 1
    with unit_of_work(g.shop.scope) as unit:
        search = _by_order_number(unit, form)
        own = list_log(unit, search=search, limit=limit, chain=g.shop.scope.role)
        numbers = _order_numbers(unit, own)
    about = _list_about(search, limit)
    found = merge([own, about], limit=limit)
    entries = found[:PAGE_SIZE]
    with unit_of_work(directory_scope()) as unit:
        team = get_team(unit, shop_id=g.shop.id, others=people_in(entries))
    if _asks_for_a_stranger(search, entries, team):
        found = entries = []
    return render_template(
        "log.html", form=form, rows=[_row(entry, team, numbers) for entry in entries],
        actors=_actor_choices(team), kinds=kind_choices(), actions=action_choices(),
        older=older_than(entries, has_more=len(found) > PAGE_SIZE),
        is_later_page="older" in request.args,
    )  # fmt: skip


def _asks_for_a_stranger(search: Search, entries: list[LogEntry], team: Team) -> bool:
    """Whether somebody tries a person's id on the log, to learn who deals with this shop."""
    actor, target = parse_id(search.actor), parse_id(search.object_id)
    is_person = any(entry.object_kind == "person" for entry in entries)
    is_strange = actor is not None and actor not in team.names
    return is_strange or (is_person and target is not None and target not in team.names)


def _by_order_number(unit: UnitOfWork, form: LogForm) -> Search:
    """Let an order's number stand for its id."""
    wanted = form.typed["object"]
    if not wanted or parse_id(wanted):
        return form.search
    orders = list_orders(unit, number=wanted, page_size=1)
    return replace(form.search, object_id=str(orders[0].id) if orders else wanted)


def _list_about(search: Search, limit: int) -> list[LogEntry]:
    """Return what the platform wrote about this shop, in the directory and in the shop's cell."""
    with unit_of_work(PlatformScope(g.shop.cell, "platform_reader")) as unit:
        in_cell = list_log_about_shop(unit, shop=g.shop.schema, search=search, limit=limit)
    with unit_of_work(directory_scope()) as unit:
        shop_id = str(g.shop.id)
        in_directory = list_log_about_shop(unit, shop=shop_id, search=search, limit=limit)
    return merge([in_cell, in_directory], limit=limit)


def _order_numbers(unit: UnitOfWork, entries: list[LogEntry]) -> dict[str, str]:
    ids = {parse_id(entry.object_id) for entry in entries if entry.object_kind == "order"}
    found = list_order_numbers(unit, {each for each in ids if each})
    return {str(order_id): number for order_id, number in found.items()}


def _row(entry: LogEntry, team: Team, numbers: dict[str, str]) -> LogRow:
    actor = parse_id(entry.actor)
    number = numbers.get(entry.object_id, "")
    link = ""
    if number and g.visitor.may(Permission.SEE_ORDERS, g.shop.id):
        link = url_for("orders.show", shop_id=g.shop.id, order_id=entry.object_id)
    return LogRow(
        entry, _who(entry, team), number or _name(entry, team), team.names, link,
        shows_place=actor in team.names, shows_ids=False,
    )  # fmt: skip


def _who(entry: LogEntry, team: Team) -> str:
    """Return who acted: the shop's own people by name, the platform's not, nor a buyer."""
    actor = parse_id(entry.actor)
    if actor is None:
        return str(ACTORS.get(entry.actor) or entry.actor)
    if actor in team.names:
        return team.names[actor]
    if actor in team.of_platform:
        return str(gettext("Galleria's team"))
    return str(NO_ONE_OF_OURS)


def _name(entry: LogEntry, team: Team) -> str:
    if entry.object_kind == "shop":
        return str(g.shop.name)
    if entry.object_kind != "person":
        return entry.object_id
    person = parse_id(entry.object_id)
    # A person's id is the same in every shop: two shops could compare what they show.
    return team.names[person] if person in team.names else str(NO_ONE_OF_OURS)


def _actor_choices(team: Team) -> list[tuple[str, Any]]:
    people = sorted(((str(key), name) for key, name in team.names.items()), key=lambda p: p[1])
    known = [(key, ACTORS[key]) for key in ("system", "guest", "provider")]
    return [("", gettext("All")), *people, *known]

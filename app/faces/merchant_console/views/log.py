"""Who did what in the shop: its own log, and what the platform did to it."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import Blueprint, g, render_template, request, url_for
from flask_babel import gettext, lazy_gettext

from app.domains.accounts.names.queries import Team, get_team
from app.domains.accounts.permissions import Permission
from app.domains.customers.queries import NamedCustomer, list_named_customers
from app.domains.orders.queries import list_order_numbers, list_orders
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
from app.faces.shared.log.words import ACTORS, tell_name
from app.foundation.audit.queries import LogEntry, Search, list_log, list_log_about_shop, merge
from app.foundation.audit.rules import AuditKind
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
    known = Known(team, _find_customers(entries, team), numbers)
    return render_template(
        "log.html", form=form, rows=[_row(entry, known) for entry in entries],
        actors=_actor_choices(team), kinds=kind_choices(), actions=action_choices(),
        older=older_than(entries, has_more=len(found) > PAGE_SIZE),
        is_later_page="older" in request.args,
    )  # fmt: skip


def _find_customers(entries: list[LogEntry], team: Team) -> list[NamedCustomer]:
    """Return the customers whom the page names to whoever may see them; the look is audited."""
    if not g.visitor.may(Permission.SEE_CUSTOMERS, g.shop.id):
        return []
    things = {parse_id(each.object_id) for each in entries if each.object_kind == "customer"}
    people = people_in(entries) - team.names.keys() - team.of_platform
    if not things and not people:
        return []
    with unit_of_work(g.shop.scope) as unit:
        found = list_named_customers(
            unit, customer_ids={each for each in things if each}, person_ids=people
        )
        if found:
            unit.audit(
                action="see_customer_names", object_kind="shop", object_id=g.shop.id,
                kind=AuditKind.ACCESS, count=len(found),
            )  # fmt: skip
    return found


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
    ids |= {parse_id(str(entry.fields.get("order", ""))) for entry in entries}
    found = list_order_numbers(unit, {each for each in ids if each})
    return {str(order_id): number for order_id, number in found.items()}


class Known:
    """Whom and what the page may call by name: the shop's people, its customers, its orders."""

    def __init__(self, team: Team, customers: list[NamedCustomer], numbers: dict[str, str]) -> None:
        self.team, self.numbers = team, numbers
        self._customers = {each.id: each for each in customers}
        self._by_person = {each.person_id: each for each in customers}
        self.names: dict[UUID, str] = {
            **{UUID(order_id): number for order_id, number in numbers.items()},
            **{each.person_id: _called(each) for each in customers},
            **{each.id: _called(each) for each in customers},
            **team.names,
        }
        """By id, for the fields of an entry."""

    def customer(self, found: UUID | None) -> NamedCustomer | None:
        """Return who is meant by an id of a customer, or by one of a person."""
        return (self._customers.get(found) or self._by_person.get(found)) if found else None

    def page_of(self, found: UUID | None) -> str:
        """Return the page about somebody who has a name here, or ''."""
        customer = self.customer(found)
        if customer:
            return url_for("customers.show", shop_id=g.shop.id, customer_id=customer.id)
        may = g.visitor.may(Permission.SEE_PEOPLE, g.shop.id)
        if may and found in self.team.names:
            return url_for("people.show", shop_id=g.shop.id, person_id=found)
        return ""


def _called(customer: NamedCustomer) -> str:
    return customer.name or str(gettext("Without a name"))


def _row(entry: LogEntry, known: Known) -> LogRow:
    actor = parse_id(entry.actor)
    name, link = _name(entry, known)
    return LogRow(
        entry, _who(entry, known), name, known.names, link, known.page_of(actor),
        shows_place=actor in known.team.names, shows_ids=False,
    )  # fmt: skip


def _who(entry: LogEntry, known: Known) -> str:
    """Return who acted: the shop's people and customers by name, the platform's not."""
    actor = parse_id(entry.actor)
    if actor is None:
        return str(ACTORS.get(entry.actor) or entry.actor)
    if actor in known.names:
        return known.names[actor]
    if actor in known.team.of_platform:
        return str(gettext("Galleria's team"))
    return str(NO_ONE_OF_OURS)


def _name(entry: LogEntry, known: Known) -> tuple[str, str]:
    """Return what it was done to, and the page about it."""
    target = parse_id(entry.object_id)
    if entry.object_kind == "shop":
        return "", ""
    if entry.object_kind in {"person", "customer"} and target in known.names:
        return known.names[target], known.page_of(target)
    if entry.object_kind == "person":
        # A person's id is the same in every shop: two shops could compare what they show.
        return str(NO_ONE_OF_OURS), ""
    number = known.numbers.get(entry.object_id, "")
    if number and g.visitor.may(Permission.SEE_ORDERS, g.shop.id):
        return number, url_for("orders.show", shop_id=g.shop.id, order_id=entry.object_id)
    return number or tell_name(entry), history_of(entry)


def _actor_choices(team: Team) -> list[tuple[str, Any]]:
    people = sorted(((str(key), name) for key, name in team.names.items()), key=lambda p: p[1])
    known = [(key, ACTORS[key]) for key in ("system", "guest", "provider")]
    return [("", gettext("All")), *people, *known]

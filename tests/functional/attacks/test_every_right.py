"""R8: every route × every role, another person, nobody, another host's session, a closed shop; and
every id that a form, an address, a header or a file's name can carry.

The table is made from the routes: `access_of` says what each view demands, the roles' own page what
each role may. tests/integration/tenancy/test_every_route.py asks the ids in the path.
"""

import secrets
from dataclasses import replace
from typing import Any

import pytest

from app.domains.accounts.permissions import (
    GRANTED,
    OF_PLATFORM,
    PLATFORM_ROLES,
    SHOP_ROLES,
    Permission,
)
from app.domains.accounts.rules import PLATFORM, Role
from app.faces.shared.access import Access
from app.foundation.database import directory_scope
from app.foundation.identifiers import parse_id
from app.foundation.unit_of_work import unit_of_work
from tenants.operations import suspend_shop
from tests.functional.attacks.conftest import HTML, attacker_for, give_session, give_things
from tests.functional.attacks.places import Attacker, Place
from tests.functional.attacks.test_every_form import fields_of
from tests.functional.attacks.values import Attack
from tests.integration.tenancy.test_every_route import KINDS, make_party, nobody, plain_text

TURNED_AWAY = {303, 404}
OF_A_PERSON = {"parent_id", "passkey_id", "token_id", "session_id", "address_id"}
"""Arguments of pages about oneself: what they name belongs to one person."""
MADE_BY_THE_PAGE = {"refund_id", "parcel_id"}
"""Ids that a form brings along so that a second click is the same: they name nothing yet."""
OPEN_WHEN_CLOSED = {
    "/assets/<path:name>", "/favicon.ico", "/csp-reports", "/sign-in", "/signed-in", "/sign-out",
}  # fmt: skip
"""What a closed shop still answers."""


@pytest.fixture(scope="module")
def other(platform):
    return make_party(platform)


def ask(attacker: Attacker, place: Place, **more: Any) -> tuple[int, dict[str, str], str]:
    """Send what the page's own form would send, or open the page."""
    attack = Attack(place.method, fields=fields_of(place) if place.method == "POST" else ())
    return attacker.send(place, replace(attack, **more))


def of_access(places: dict[str, list[Place]], face: str, kind: type) -> list[Place]:
    return [place for place in places[face] if isinstance(place.access, kind)]


def test_every_route_says_who_opens_it(places):
    """A view says nothing wrong: a right on a shop names the shop, one on the platform does not."""
    for face in places:
        for place in places[face]:
            assert place.access is None or isinstance(place.access, Access | Permission), str(place)
            if isinstance(place.access, Permission):
                of_platform = place.access in OF_PLATFORM
                names_it = "shop_id" in place.arguments or face == "shop_api"
                assert of_platform or names_it, str(place)
                assert (face == "admin_console") == of_platform, str(place)
            if place.access is Access.SIGNED_IN:
                assert set(place.arguments) <= OF_A_PERSON | KINDS - {"shop_id"}, str(place)
    assert sum(len(found) for found in places.values()) > 90


@pytest.mark.parametrize("role", SHOP_ROLES)
def test_a_role_on_a_shop_opens_what_it_includes(platform, party, places, role):
    """What a role lacks is answered as a shop that does not exist; what it includes is there."""
    attacker = attacker_for(platform, "console", party)
    give_session(attacker, party.shop.id, role)
    for place in of_access(places, "merchant_console", Permission):
        if place.access in GRANTED[role]:
            if place.method == "GET":
                assert ask(attacker, place)[0] in {200, 303}, f"{role} {place}"
            continue
        assert_as_absent(attacker, place, party, role)


def assert_as_absent(attacker: Attacker, place: Place, party: Any, who: Any) -> None:
    own, absent = party.ids["shop_id"], nobody(party.ids["shop_id"])
    status, headers, body = ask(attacker, place)
    as_absent = ask(attacker, place, arguments={"shop_id": absent})
    assert status == as_absent[0], f"{who} {place}: {status}"
    assert told(headers, body, own) == told(*as_absent[1:], absent), f"{who} {place}"
    assert status in TURNED_AWAY, f"{who} {place}: {status}"
    assert party.mark not in body, f"{who} {place}"


def told(headers: dict[str, str], body: str, *values: str) -> str:
    return plain_text(body + headers.get("Location", ""), *values)


@pytest.mark.parametrize("role", PLATFORM_ROLES)
def test_a_role_on_the_platform_opens_what_it_includes(platform, party, places, role):
    attacker = attacker_for(platform, "admin", party)
    give_session(attacker, PLATFORM, role)
    for place in of_access(places, "admin_console", Permission):
        is_granted = place.access in GRANTED[role]
        if place.method == "GET" or not is_granted:
            status = ask(attacker, place)[0]
            assert status in ({200, 303} if is_granted else TURNED_AWAY), f"{role} {place} {status}"
            assert is_granted or status == 404, f"{role} {place} {status}"


def test_an_owner_of_another_shop_and_an_admin_are_nobody_here(platform, party, other, places):
    for shop_id, role in ((other.shop.id, Role.OWNER), (PLATFORM, Role.ADMIN)):
        attacker = attacker_for(platform, "console", party)
        give_session(attacker, shop_id, role)
        for place in of_access(places, "merchant_console", Permission):
            assert_as_absent(attacker, place, party, role)


@pytest.mark.parametrize("face", HTML)
def test_nobody_is_led_to_sign_in(platform, attackers, places, face):
    """Without a session, with one of another host, and with one that never was."""
    elsewhere = attackers["marketplace" if face != "marketplace" else "storefront"]
    elsewhere.renew()
    attacker = replace(attackers[face], cookies={}, renew=None)
    of_other_host = {"session": elsewhere.cookies["session"]}
    for cookies in ({}, of_other_host, {"session": secrets.token_urlsafe(32)}):
        attacker.cookies = cookies
        for place in of_access(places, face, Permission) + of_access(places, face, Access):
            status, headers, body = ask(attacker, place)
            assert status == 303, f"{place}: {status}"
            assert "/sign-in" in headers["Location"], f"{place}: {headers['Location']}"
            assert len(body) < 2000, f"{place}: more than a redirect"


def test_another_persons_things_are_not_there(platform, party, places):
    """One's own pages with an id of another person's, answered as an id of nothing."""
    mine = attacker_for(platform, "", party)
    theirs = attacker_for(platform, "", party)
    for attacker in (mine, theirs):
        give_things(attacker, give_session(attacker))
    checked = 0
    for place in of_access(places, "marketplace", Access):
        for name in sorted(set(place.arguments) & OF_A_PERSON):
            foreign, absent = theirs.ids[name], nobody(theirs.ids[name])
            first = ask(mine, place, arguments={name: foreign})
            second = ask(mine, place, arguments={name: absent})
            # 422: the form is read first; a foreign id's answer says no more than an absent one's.
            assert first[0] == second[0], f"{place}: {first[0]} {second[0]}"
            assert first[0] in {404, 422}, f"{place}: {first[0]}"
            assert told(*first[1:], foreign) == told(*second[1:], absent), str(place)
            checked += 1
    assert checked
    assert ask(theirs, next(p for p in places["marketplace"] if p.rule == "/account"))[0] == 200


def test_each_id_in_a_form_of_another_shop_is_as_no_id(attackers, places, other):
    """Every field that carries an id, in its value or its name, with ids of the other shop."""
    checked = 0
    for face in HTML:
        for place in places[face]:
            for pair in fields_of(place) if place.method == "POST" else ():
                known = next((part for part in pair if parse_id(part[-36:])), "")[-36:]
                if not known or pair[0] in MADE_BY_THE_PAGE:
                    continue
                for foreign in (other.ids["variant_id"], other.ids["order_id"]):
                    attackers[face].renew()
                    # The first request does what the rest of the form says, which is done once.
                    ask_with(attackers[face], place, known, nobody(foreign))
                    as_foreign = ask_with(attackers[face], place, known, foreign)
                    as_absent = ask_with(attackers[face], place, known, nobody(foreign))
                    assert as_foreign[0] == as_absent[0], f"{place} {pair[0]}"
                    assert other.mark not in as_foreign[2], f"{place} {pair[0]}"
                    checked += 1
    assert checked >= 6


def ask_with(attacker: Attacker, place: Place, known: str, value: str) -> Any:
    fields = fields_of(place)
    changed = tuple((n.replace(known, value), v.replace(known, value)) for n, v in fields)
    return attacker.send(place, Attack("POST", fields=changed))


@pytest.mark.parametrize("face", ["storefront", "merchant_console", "marketplace"])
def test_ids_in_the_query_a_header_a_cookie_and_a_files_name_change_nothing(
    attackers, places, other, face
):
    attacker = attackers[face]
    attacker.renew()
    query = "&".join(f"{name}={value}" for name, value in other.ids.items()).encode()
    host = f"{other.shop.slug}.galleria.test"
    headers = {
        "X-Shop": other.shop.slug, "X-Shop-Id": str(other.shop.id), "X-Forwarded-Host": host,
        "X-Original-URL": f"/shops/{other.shop.id}/orders", "Forwarded": f"host={host}",
        "X-Rewrite-URL": f"/shops/{other.shop.id}/orders", "X-Tenant": other.shop.schema,
    }  # fmt: skip
    for place in places[face]:
        if place.method == "GET":
            for more in ({"query": query}, {"headers": headers}):
                _, told_headers, body = ask(attacker, place, **more)
                shown = plain_text(body + told_headers.get("Location", ""), *other.ids.values())
                assert other.mark not in shown, f"{place} {more}"
        for upload in place.uploads:
            for value in (*other.ids.values(), f"../{other.shop.schema}/x.csv"):
                attack = Attack("POST", fields=fields_of(place), is_multipart=True)
                _, _, body = attacker.send(
                    place, replace(attack, files=((f'{upload}"; filename="{value}', b"Handle\n"),))
                )
                assert other.mark not in body, f"{place} {upload}"


def test_a_closed_shop_shows_nothing_but_that_it_is_closed(platform, places):
    closed = make_party(platform)
    with unit_of_work(directory_scope()) as unit:
        suspend_shop(unit, shop_id=closed.shop.id, actor="test", reason="a test")
    platform.web._shops.forget()
    attacker = attacker_for(platform, closed.shop.slug, closed)
    attacker.cookies = {"cart": closed.ids["cart"]}
    for face, prefix in (("storefront", "/en"), ("shop_api", "")):
        attacker.prefix = prefix
        for place in places[face]:
            attack = Attack(place.method, fields=fields_of(place) if face in HTML else ())
            status, _, body = attacker.send(place, attack)
            assert closed.mark not in plain_text(body, *closed.ids.values()), str(place)
            if place.rule not in OPEN_WHEN_CLOSED:
                assert status == 503, f"{place}: {status}"

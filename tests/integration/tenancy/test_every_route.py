"""R8: every route of every face with each id of another shop is answered as an id of nothing.

The routes are read from the applications themselves, so a new route is tested, or fails here until
somebody says what its arguments name (`KINDS`) or that it names nothing (`WITHOUT_IDS`).
"""

import json
import re
import secrets
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import text

from app import factory
from app.domains.accounts.people.queries import find_person_id
from app.domains.accounts.permissions import GRANTED, Permission
from app.domains.accounts.rules import PLATFORM, Role
from app.domains.catalog.collections.operations import add_products, make_collection
from app.domains.catalog.collections.queries import list_kept
from app.domains.catalog.collections.rules import CollectionWish
from app.domains.catalog.imports.operations import import_products
from app.domains.catalog.imports.parsing import parse_products
from app.domains.catalog.queries import find_product
from app.domains.customers.operations import Buyer, ensure_customer
from app.domains.inventory.operations import ensure_location, set_stock
from app.domains.media.operations import ensure_media, mark_ready
from app.domains.media.ports import FileStorage
from app.domains.media.renditions import rendition_name
from app.faces.shared.access import Access
from app.foundation.database import directory_scope
from app.foundation.identifiers import new_id
from app.foundation.ports import port
from app.foundation.unit_of_work import unit_of_work
from tests.conftest import BASE_DOMAIN, HostClient, drain, open_shop, product_file
from tests.functional import journey
from tests.functional.api import calls
from tests.functional.signing_in import make_person, sign_in_as
from tests.functional.signing_in import sign_in as sign_in_on
from tests.integration.tenancy.test_other_shops import ids_of, make_shop_key
from tests.simulators.stripe.webhooks import signature

FACES = {
    "storefront": factory.create_storefront,
    "shop_api": factory.create_shop_api,
    "marketplace_api": factory.create_marketplace_api,
    "marketplace": factory.create_marketplace,
    "merchant_console": factory.create_merchant_console,
    "admin_console": factory.create_admin_console,
    "webhooks": factory.create_webhooks,
    "media": factory.create_media,
}
KINDS = {
    "shop_id", "order_id", "shipment_id", "product_id", "variant_id", "handle", "content_hash",
    "slug", "token", "cart", "order", "approval_id", "parent_id", "passkey_id",
    "person_id", "invitation_id", "role_id", "transfer_id", "address_id", "customer_id",
    "token_id", "session_id", "collection_id", "correction_id",
}  # fmt: skip
"""What an argument names: something of one shop."""
VALUES = {"width": "640", "country": "DE", "name": "favicon.svg", "theme": "maker"}
"""Arguments that name nothing of a shop: the same for all."""
WITHOUT_IDS = {
    "storefront": "/ /sign-in /signed-in /sign-out /search /story /delivery /imprint /cart /cart/lines /checkout /checkout/shipping"
    " /checkout/review /checkout/place /cookies /account /account/news",
    "shop_api": "/api/v1/openapi.json /api/v1/products /api/v1/collections /api/v1/carts"
    " /api/v1/countries /api/v1/account/orders /api/v1/manage/orders /api/v1/manage/products",
    "marketplace_api": "/api/v1/openapi.json /api/v1/shops /api/v1/problems /api/v1/account"
    " /api/v1/account/sessions /api/v1/account/addresses",
    "marketplace": "/account/keys /account/keys/new / /sign-in /sign-out /hand-over /sign-up /prove /account /account/sessions"
    " /account/log /account/sessions/end-others /account/email /sign-in/passkey /sign-in/passkey/options"
    " /sign-in/second /sign-in/second/passkey /sign-in/second/passkey/options /prove/code"
    " /prove/passkey /prove/passkey/options /reset /account/password /account/security"
    " /account/security/app /account/security/app/remove /account/security/codes"
    " /account/security/passkeys/new /account/security/passkeys/options /cookies"
    " /account/addresses /account/addresses/new /account/privacy /account/privacy/answers"
    " /account/privacy/export /account/privacy/erase /account/privacy/keep",
    "merchant_console": "/ /sign-in /signed-in /sign-out",
    "admin_console": "/ /sign-in /signed-in /sign-out /failures /failures/resend /books /people"
    " /invitations /approvals /unanswered /journals /log",
    "webhooks": "/webhooks/stripe",
}
"""Routes that name nothing in their path; what they take otherwise is tested by name below."""
OF_ALL = {
    "/assets/<path:name>",
    "/favicon.ico",
    "/csp-reports",
    "/_components",
    "/_components/<theme>",
}
"""Our own files and samples, where a face shows them."""
BODIES = {
    "/carts/<cart>/lines": {"variant_id": "{variant_id}", "quantity": 1},
    "/carts/<cart>/lines/<variant_id>": {"quantity": 1},
    "/carts/<cart>/checkout/details": calls.DETAILS,
    "/carts/<cart>/checkout/shipping": {"shipping_option_id": "{option}"},
    "/carts/<cart>/order": {"fingerprint": "0" * 64},
}


@dataclass(frozen=True)
class Party:
    """A shop, everything of it that a request can name, and what no other may show."""

    shop: Any
    ids: dict[str, str]
    mark: str


@dataclass(frozen=True)
class Route:
    face: str
    path: str
    method: str
    names: tuple[str, ...]
    access: Permission | Access | None

    def __str__(self) -> str:
        return f"{self.method} {self.face}{self.path}"

    def filled(self, ids: dict[str, str]) -> str:
        return re.sub(
            r"<(?:\w+:)?(\w+)>", lambda found: {**VALUES, **ids}[found[1]], self.path
        ).removeprefix("/api/v1")


def routes_of(platform) -> Iterator[Route]:
    for face, make in FACES.items():
        app = make(platform.configuration)
        for rule in app.url_map.iter_rules():
            for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
                view = app.view_functions[rule.endpoint]
                names = tuple(sorted(rule.arguments))
                yield Route(face, rule.rule, method, names, view.access)


@pytest.fixture(scope="module")
def routes(platform):
    return list(routes_of(platform))


@pytest.fixture(scope="module")
def parties(platform):
    return make_party(platform), make_party(platform)


def make_party(platform) -> Party:
    """Open a shop with a product, baskets, an order, a parcel and a picture that no other has."""
    mark = f"mark{secrets.token_hex(4)}"
    shop = open_shop(f"route-{secrets.token_hex(4)}", platform)
    content_hash = secrets.token_hex(16)
    own = product_file(5).replace(b"lens-necklace", f"{mark}-ring".encode())
    own = own.replace(b"Lens necklace", f"{mark} ring".encode()).replace(b",LN,", b",LN-2,")
    with unit_of_work(shop.scope) as unit:
        report = import_products(unit, file=parse_products(own, currency="EUR"))
        set_stock(unit, location_id=ensure_location(unit, name="Workshop"), quantities=report.stock)
        collection_id = new_id()
        wish = CollectionWish(f"{mark}-ring", {"en": {"title": mark}}, True, None)
        make_collection(unit, collection_id=collection_id, wish=wish, main_language="en")
        ring = find_product(unit, handle=f"{mark}-ring", currency="EUR")
        add_products(unit, collection_id=collection_id, product_ids=[ring.id])
        (media_id,) = ensure_media(unit, sources=[f"https://example.com/{mark}.png"]).values()
        mark_ready(unit, media_id=media_id, content_hash=content_hash, width=640, height=640)
    port(FileStorage).put(rendition_name(content_hash, 640), mark.encode(), "image/webp")
    drain()
    api = calls.api_of(platform, shop)
    cart, placing = calls.make_cart(api), calls.make_cart(api)
    option = calls.quote(api, placing)["shipping_option_id"]
    token = calls.place(api, placing).json["token"]
    calls.quote(api, cart)
    ids = {name: str(value) for name, value in ids_of(shop).items()}
    ids |= {
        "handle": f"{mark}-ring",
        "content_hash": content_hash,
        "slug": shop.slug,
        "token": token,
        "order": token,
    }
    with unit_of_work(shop.scope) as unit:
        ids["collection_id"] = str(list_kept(unit)[0].id)
    ids |= {"cart": cart, "option": option, "variant_id": calls.variant_of(api, f"{mark}-ring")}
    return Party(shop, ids, mark)


def nobody(value: str) -> str:
    """Return a value of the same form that nothing has."""
    if re.fullmatch(r"[0-9a-f]{8}-.*-[0-9a-f]{12}", value):
        return str(uuid.uuid4())
    if re.fullmatch(r"[0-9a-f]{32}", value):
        return secrets.token_hex(16)
    return secrets.token_urlsafe(len(value))[: len(value)].replace("_", "a").replace("-", "b")


class Asker:
    """Sends a request to a route, as somebody who has every right in a shop of their own."""

    def __init__(self, platform: Any, party: Party) -> None:
        self.platform, self.party = platform, party
        self.buyer = sign_in_buyer(platform, party)
        journey.fill_basket(self.buyer, party.ids["handle"])
        self.api = calls.api_of(platform, party.shop)
        email = make_person((party.shop.id, Role.OWNER))
        self.owner = sign_in_on(platform.web, f"console.{BASE_DOMAIN}", email)
        with unit_of_work(directory_scope()) as unit:
            person_id = find_person_id(unit, email=email)
            self.api.bearer = make_shop_key(unit, party.shop, person_id)[1]

    def ask(self, route: Route, ids: dict[str, str]) -> Any:
        path = route.filled(ids)
        if route.face == "shop_api":
            return self.api.call(route.method, path, self.body(route, ids))
        if route.face == "media":
            return send(self.platform.client(f"media.{BASE_DOMAIN}"), route, path, {})
        if route.face == "storefront":
            return send(self.buyer, route, f"/en{path}", {"quantity": "1"})
        return send(self.owner, route, path, form_of(self.owner, self.party))

    def body(self, route: Route, ids: dict[str, str]) -> Any:
        found = BODIES.get(route.path.removeprefix("/api/v1"))
        if found is None or route.method in {"GET", "DELETE"}:
            return None
        text = json.dumps(found).replace("{variant_id}", ids["variant_id"])
        return json.loads(text.replace("{option}", ids["option"]))


def sign_in_buyer(platform: Any, party: Party) -> HostClient:
    """Return a person's browser in a shop of theirs, where the shop's order is their own."""
    email = make_person()
    buyer = Buyer(person_id=person_called(email), name="P", email=email, language="en")
    with unit_of_work(party.shop.scope) as unit:
        customer_id = ensure_customer(unit, buyer=buyer)
        unit.session.execute(
            text("UPDATE shop_order SET customer_id = :customer WHERE id = :order"),
            {"customer": customer_id, "order": party.ids["order_id"]},
        )
    return sign_in_on(platform.web, f"{party.shop.slug}.{BASE_DOMAIN}", email)


def person_called(email: str) -> uuid.UUID:
    with unit_of_work(directory_scope()) as unit:
        return find_person_id(unit, email=email)


def send(client: HostClient, route: Route, path: str, form: dict[str, str]) -> Any:
    return client.get(path) if route.method == "GET" else client.post(path, form)


def form_of(client: HostClient, party: Party) -> dict[str, str]:
    """Return a form that passes for one of this client's own."""
    page = client.get(f"/shops/{party.shop.id}/rights").text
    token = page.split('name="form_token" value="')[-1].split('"')[0]
    return {"form_token": token[:128], "key": str(uuid.uuid4()), "reason": "other"}


def sign_in(platform, face, shop_id, role) -> HostClient:
    return sign_in_as(platform, face, (shop_id, role))


def plain(answer: Any, *values: str) -> tuple[int, str]:
    """Return an answer without what differs by the id that was asked for, or by chance."""
    told = answer.text + answer.headers.get("Location", "")
    return answer.status_code, plain_text(told, *values)


def plain_text(text: str, *values: str) -> str:
    """Return a text without what differs by the id that was asked for, or by chance."""
    for value in values:
        text = text.replace(value, "ID")
    return re.sub(r"[0-9a-f]{32,64}", "CHANCE", text)


def unclassified(routes: list[Route]) -> list[str]:
    return [
        str(route)
        for route in routes
        if not set(route.names) <= KINDS | set(VALUES)
        or not (
            set(route.names) & KINDS
            or route.path in OF_ALL
            or route.path in WITHOUT_IDS[route.face].split()
            or route.path == "/api/v1/countries/<country>"
        )
    ]


def test_every_route_is_classified(routes):
    assert unclassified(routes) == []
    assert len(routes) > 60
    there = {(route.face, route.path) for route in routes}
    gone = [
        (f, p) for f, paths in WITHOUT_IDS.items() for p in paths.split() if (f, p) not in there
    ]
    assert gone == []


def test_control_a_new_route_is_unclassified():
    new = [
        Route("storefront", "/gifts/<uuid:gift_id>", "GET", ("gift_id",), None),
        Route("storefront", "/gifts", "GET", (), None),
    ]
    assert unclassified(new) == ["GET storefront/gifts/<uuid:gift_id>", "GET storefront/gifts"]


TRIED = ("storefront", "shop_api", "merchant_console", "media")


def test_each_id_of_another_shop_is_answered_as_no_id(platform, routes, parties):
    mine, other = parties
    asker, checked = Asker(platform, mine), 0
    for route in routes:
        for name in sorted(set(route.names) & KINDS if route.face in TRIED else ()):
            foreign, absent = other.ids[name], nobody(other.ids[name])
            answer = asker.ask(route, {**mine.ids, name: foreign})
            as_absent = asker.ask(route, {**mine.ids, name: absent})
            assert plain(answer, foreign) == plain(as_absent, absent), f"{route} {name}"
            assert answer.status_code == 404 or (
                route.method != "GET" and answer.status_code in {403, 409, 422}
            ), f"{route} {name}: {answer.status_code}"
            assert other.mark not in answer.text.replace(foreign, "")
            checked += 1
    assert checked > 35


def test_control_ones_own_ids_are_found(platform, routes, parties):
    asker = Asker(platform, parties[0])
    for route in routes:
        if route.face in TRIED and route.method == "GET" and set(route.names) & KINDS:
            answer = asker.ask(route, parties[0].ids)
            assert answer.status_code < 400, f"{route}: {answer.status_code}"


BODILY = (
    ("POST", "/carts", {"lines": [{"variant_id": "{variant_id}", "quantity": 1}]}),
    ("POST", "/carts/{cart}/lines", {"variant_id": "{variant_id}", "quantity": 1}),
    ("PUT", "/carts/{cart}/checkout/shipping", {"shipping_option_id": "{option}"}),
)


@pytest.mark.parametrize(("method", "path", "body"), BODILY, ids=[each[1] for each in BODILY])
def test_an_id_in_an_api_body(platform, parties, method, path, body):
    mine, other = parties
    api = calls.api_of(platform, mine.shop)

    def ask(ids):
        content = json.dumps(body)
        for name in ("variant_id", "option"):
            content = content.replace(f"{{{name}}}", ids[name])
        return api.call(method, path.replace("{cart}", mine.ids["cart"]), json.loads(content))

    absent = {name: nobody(value) for name, value in other.ids.items()}
    foreign, missing = ask(other.ids), ask(absent)
    assert plain(foreign, *other.ids.values()) == plain(missing, *absent.values())
    assert foreign.status_code in {404, 409, 422}
    assert ask(mine.ids).status_code in {200, 201}, "the control: one's own"


def test_an_id_in_a_form_a_query_a_cookie(platform, parties):
    mine, other = parties
    asker = Asker(platform, mine)

    def all_of(ids):
        buyer, stranger = asker.buyer, platform.shop_client(mine.shop.slug)
        stranger._client.set_cookie("cart", ids["cart"], domain=stranger.host)
        return [
            plain(answer, *ids.values())
            for answer in (
                buyer.post("/en/cart/lines", {"variant_id": ids["variant_id"], "quantity": "1"}),
                buyer.post("/en/checkout/shipping", {"option": ids["option"]}),
                buyer.get(f"/en/cart?removed={ids['variant_id']}&quantity=1"),
                buyer.get(f"/en/search?q={ids['handle']}"),
                asker.api.get(f"/products?collection={ids['handle']}"),
                asker.api.get(f"/products?q={ids['handle']}"),
                stranger.get("/en/cart"),
                stranger.get("/en/checkout"),
                stranger.post("/en/checkout/place", {"seen": "0" * 64}),
                asker.owner.get(f"/shops/{mine.shop.id}/orders?q={ids['order_id']}"),
            )
        ]

    absent = {name: nobody(value) for name, value in other.ids.items()}
    assert all_of(other.ids) == all_of(absent)
    assert all_of(mine.ids) != all_of(absent), "the control: one's own"


def test_a_host_or_key_in_a_header(platform, parties):
    mine, other = parties
    page = platform.shop_client(mine.shop.slug).get(
        "/en/collections/all",
        headers={"X-Forwarded-Host": f"{other.shop.slug}.{BASE_DOMAIN}", "X-Shop": other.shop.slug},
    )
    assert mine.mark in page.text
    assert other.mark not in page.text
    key = calls.new_key()
    tokens = {
        calls.api_of(platform, party.shop).post("/carts", {"lines": []}, key).json["token"]
        for party in parties
    }
    assert len(tokens) == 2, "one key in two shops is two requests"


def test_pages_that_name_nothing_show_nothing_of_another(platform, routes, parties):
    mine, other = parties
    asker = Asker(platform, mine)
    for route in routes:
        if route.face in TRIED and route.method == "GET" and not set(route.names) & KINDS:
            assert other.mark not in asker.ask(route, mine.ids).text, str(route)


def needs_right(route: Route) -> bool:
    return isinstance(route.access, Permission)


def lacking(role: Role, routes: list[Route], face: str) -> list[Route]:
    return [
        route
        for route in routes
        if route.face == face and needs_right(route) and route.access not in GRANTED[role]
    ]


def assert_as_absent(client: HostClient, route: Route, party: Party, form: dict[str, str]) -> None:
    """A shop that one may not see is answered as a shop that does not exist."""
    absent = {**party.ids, "shop_id": nobody(party.ids["shop_id"])}
    answer = send(client, route, route.filled(party.ids), form)
    as_absent = send(client, route, route.filled(absent), form)
    assert plain(answer, party.ids["shop_id"]) == plain(as_absent, absent["shop_id"]), str(route)
    assert answer.status_code in {303, 403, 404}, f"{route}: {answer.status_code}"
    assert answer.status_code != 303 or "/sign-in" in answer.headers["Location"]


def test_a_lower_role_another_user_and_nobody(platform, routes, parties):
    mine, other = parties
    console = [r for r in routes if r.face == "merchant_console" and needs_right(r)]
    people = [
        (sign_in(platform, "console", mine.shop.id, Role.ORDERS), mine,
         lacking(Role.ORDERS, routes, "merchant_console")),
        (sign_in(platform, "console", other.shop.id, Role.OWNER), other, console),
        (sign_in(platform, "console", PLATFORM, Role.ADMIN), other, console),
        (platform.client(f"console.{BASE_DOMAIN}"), other, console),
    ]  # fmt: skip
    assert len(people[0][2]) >= 3
    for client, own, refused in people:
        form = form_of(client, own)
        for route in refused:
            assert_as_absent(client, route, mine, form)


def test_the_admin_console_is_for_admins(platform, routes, parties):
    mine, _ = parties
    pages = [r for r in routes if r.face == "admin_console" and needs_right(r)]
    assert len(pages) >= 7
    owner = sign_in(platform, "admin", mine.shop.id, Role.OWNER)
    for client in (owner, platform.client(f"admin.{BASE_DOMAIN}")):
        for route in pages:
            assert_as_absent(client, route, mine, {"form_token": ""})
    admin = sign_in(platform, "admin", PLATFORM, Role.ADMIN)
    for route in pages:
        if route.method == "GET":
            assert admin.get(route.filled(mine.ids)).status_code == 200, "the control"


def test_a_webhook_that_names_another_shop_s_payment_changes_neither(platform, parties):
    """Even a message with Stripe's own signature moves only what the named shop has."""
    mine, other = parties
    with unit_of_work(other.shop.scope) as unit:
        payment = str(unit.session.execute(text("SELECT id FROM payment")).scalar_one())

    def states():
        found = []
        for party in parties:
            with unit_of_work(party.shop.scope) as unit:
                found.append(unit.session.execute(text("SELECT state FROM payment")).all())
                found.append(
                    unit.session.execute(text("SELECT count(*) FROM platform.journal")).all()
                )
        return found

    before = states()
    event = {
        "id": f"evt_{secrets.token_hex(8)}",
        "type": "payment_intent.succeeded",
        "data": {"object": {
            "id": f"pi_{secrets.token_hex(8)}",
            "metadata": {"shop_id": str(mine.shop.id), "payment_id": payment},
        }},
    }  # fmt: skip
    body = json.dumps(event).encode()
    at = int(time.time())
    headers = {"Stripe-Signature": signature(body, platform.stripe.sender.secret, at)}
    client = platform.client(BASE_DOMAIN)
    assert client.post("/webhooks/stripe", body, headers=headers).status_code == 200
    drain()
    assert states() == before
    wrong = {"Stripe-Signature": signature(body, "whsec_of_another", at)}
    assert client.post("/webhooks/stripe", body, headers=wrong).status_code == 400

"""How many SQL statements a page sends, counted at the driver with cold caches (issue 2, 9.7)."""

import secrets
from contextlib import contextmanager

from sqlalchemy import event

from app.domains.accounts.people.queries import find_person_id
from app.domains.accounts.rules import PLATFORM, Role
from app.domains.catalog.imports.operations import import_products
from app.domains.catalog.imports.parsing import parse_products
from app.foundation.database import Database, directory_scope
from app.foundation.unit_of_work import unit_of_work
from tests.conftest import BASE_DOMAIN, drain, open_shop
from tests.functional import journey
from tests.functional.api import calls
from tests.functional.signing_in import make_person, sign_in, take_over


@contextmanager
def counted(platform):
    """Count everything sent on every pool but the bind and COMMIT."""
    platform.web._shops.forget()
    sent = []

    def note(_connection, _cursor, statement, *_):
        sent.append(statement)

    engines = set(Database.engines_of_process.values())
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", note)


BUDGET = {"list": 3, "product": 4, "search": 3, "add to cart": 6, "place order": 25}


def count_pages(platform, shop, client=None):
    """Return how many statements each page of a purchase sends, to anybody or to this client."""
    client = client or platform.shop_client(shop.slug)
    variant = journey.variant_of(client, "lens-necklace")
    reads = {
        "list": "/en/collections/all",
        "product": "/en/products/elder-ring",
        "search": "/en/search?q=ring",
    }
    counts = {name: count(platform, client.get, path) for name, path in reads.items()}
    line = {"variant_id": variant, "quantity": "1"}
    counts["add to cart"] = count(platform, client.post, "/en/cart/lines", line)
    journey.give_address(client)
    journey.choose_shipping(client)
    seen = {"seen": journey.fingerprint(client)}
    counts["place order"] = count(platform, client.post, "/en/checkout/place", seen)
    return counts


def count(platform, ask, *request):
    with counted(platform) as sent:
        assert ask(*request).status_code in {200, 303}
    return len(sent)


def test_pages_send_few_statements(platform, shop):
    counts = count_pages(platform, shop)
    assert all(counts[name] <= most for name, most in BUDGET.items()), counts


PURCHASE, UNITS = 80, 13
"""What a purchase through the API sends, in how many units of work: the shop's look-up, and a key made."""


def test_a_purchase_through_the_api_sends_few_statements_in_few_units(platform, shop):
    client = calls.api_of(platform, shop)
    line = {"variant_id": calls.variant_of(client), "quantity": 1}
    begun = []
    note = begun.append
    engines = set(Database.engines_of_process.values())
    for engine in engines:
        event.listen(engine, "begin", note)
    try:
        with counted(platform) as sent:
            assert client.get("/products").status_code == 200
            cart = client.post("/carts", {"lines": [line]}).json["token"]
            seen = {"fingerprint": calls.quote(client, cart)["quote"]["fingerprint"]}
            order = client.post(f"/carts/{cart}/order", seen).json["token"]
            secret = client.post(f"/orders/{order}/payment").json["client_secret"]
            journey.pay(platform, secret.split("_secret_")[0])
            checked = client.post(f"/orders/{order}/payment/check").json
    finally:
        for engine in engines:
            event.remove(engine, "begin", note)
    assert checked["payment_state"] == "confirmed"
    assert len(sent) <= PURCHASE, len(sent)
    assert len(begun) <= UNITS, len(begun)


MOST_MORE = 2
"""What a signed-in visitor may cost more than an anonymous one (issue 3)."""


def test_a_signed_in_visitor_costs_at_most_two_statements_more(platform, shop):
    market = sign_in(platform.web, BASE_DOMAIN, make_person())
    buyer = take_over(market, platform.shop_client(shop.slug))
    stranger = platform.shop_client(shop.slug)
    for client in (buyer, stranger):  # the first dealing makes a basket and a customer
        journey.fill_basket(client, "tiny-stud")
    anonymous = count_pages(platform, shop, stranger)
    signed_in = count_pages(platform, shop, buyer)
    more = {name: signed_in[name] - anonymous[name] for name in anonymous}
    assert all(count <= MOST_MORE for count in more.values()), str(more)
    assert buyer.get("/en/account").status_code == 200, "the control: signed in all along"


def test_the_marketplaces_front_page_costs_at_most_two_statements_more(platform, shop):
    stranger = platform.client(BASE_DOMAIN)
    person = sign_in(platform.web, BASE_DOMAIN, make_person())
    assert count(platform, person.get, "/en/") <= count(platform, stranger.get, "/en/") + MOST_MORE


def test_more_products_and_shops_send_no_more_statements(platform, shop):
    few = count_pages(platform, shop)
    neighbours = [open_shop(f"more-{secrets.token_hex(4)}", platform) for _ in range(3)]
    for neighbour in neighbours:
        platform.shop_client(neighbour.slug).get("/en/")
    rows = "".join(
        f"ring-{n},Ring {n},true,Size,{size},9,{n}.00\n" for n in range(1, 61) for size in "ABC"
    )
    header = (
        "Handle,Title,Published,Option1 Name,Option1 Value,Variant Inventory Qty,Variant Price\n"
    )
    with unit_of_work(shop.scope) as unit:
        import_products(unit, file=parse_products((header + rows).encode(), currency="EUR"))
    drain()
    assert "Ring 60" in platform.shop_client(shop.slug).get("/en/search?q=ring+60").text
    assert count_pages(platform, shop) == few


def test_a_log_names_all_its_shops_in_one_statement(platform):
    """Of an auditor, and of a person who deals with many shops: as many for five as for one."""
    first = open_shop(f"named-{secrets.token_hex(4)}", platform)
    email = make_person((first.id, Role.OWNER), (PLATFORM, Role.AUDITOR))
    clients = [
        (sign_in(platform.web, f"admin.{BASE_DOMAIN}", email), "/log"),
        (sign_in(platform.web, BASE_DOMAIN, email), "/en/account/log"),
    ]
    for client, path in clients:
        client.get(path)
    few = [count(platform, *request) for request in ((c.get, path) for c, path in clients)]
    others = [open_shop(f"named-{secrets.token_hex(4)}", platform) for _ in range(4)]
    with unit_of_work(directory_scope()) as unit:
        person_id = find_person_id(unit, email=email)
    for shop in others:
        with unit_of_work(shop.scope) as unit:
            unit.audit(
                actor=str(person_id), action="ask_refund", object_kind="refund", object_id=shop.id
            )
    assert [count(platform, *request) for request in ((c.get, path) for c, path in clients)] == few
    for client, path in clients:
        page = client.get(path).text
        assert all(shop.name in page for shop in others)

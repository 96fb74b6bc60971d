"""The journey through the API: a program finds a product, buys it and reads its order."""

import secrets

import pytest
from sqlalchemy import update

from tests.conftest import BASE_DOMAIN, drain
from tests.functional import journey
from tests.functional.api.calls import (
    DETAILS,
    ApiClient,
    api_of,
    make_cart,
    new_key,
    place,
    quote,
    variant_of,
)


def test_a_program_finds_the_shop_and_buys(platform, shop, mails):
    shops = ApiClient(platform, BASE_DOMAIN).get("/shops").json["shops"]
    address = next(found["api_url"] for found in shops if found["slug"] == shop.slug)
    assert address == f"http://{shop.slug}.{BASE_DOMAIN}/api/v1"

    client = api_of(platform, shop)
    found = client.get("/products?q=neck&sort=price_up").json["products"]
    assert [product["handle"] for product in found] == ["lens-necklace"]
    cart = make_cart(client, quantity=2)
    checkout = quote(client, cart)
    amounts = {name: checkout["quote"][name]["amount"] for name in ("subtotal", "shipping")}
    assert amounts == {"subtotal": 2 * 8450, "shipping": 490}
    assert checkout["quote"]["total"]["amount"] == sum(amounts.values())
    assert checkout["address"]["city"] == "Berlin"

    placed = place(client, cart)
    assert placed.status_code == 201, placed.text
    order = placed.json["token"]
    payment = client.post(f"/orders/{order}/payment").json
    again = client.post(f"/orders/{order}/payment").json
    assert payment == again, "an order has one payment"
    journey.pay(platform, payment["client_secret"].split("_secret_")[0])
    checked = client.post(f"/orders/{order}/payment/check").json
    assert checked["payment_state"] == "confirmed"
    assert checked["total"] == placed.json["total"] == payment["amount"]
    assert client.get(f"/orders/{order}").json == checked
    assert platform.shop_client(shop.slug).get(
        checked["page_url"].removeprefix(f"http://{shop.slug}.{BASE_DOMAIN}")
    ).status_code == 200  # fmt: skip
    drain()
    assert [mail.to for mail in mails] == [DETAILS["email"]]
    assert client.get(f"/carts/{cart}").status_code == 404, "the basket has become an order"


def test_products_are_told_whole_and_in_the_readers_language(platform, shop):
    client = api_of(platform, shop)
    ring = client.get("/products/elder-ring").json
    assert [v["price"]["amount"] for v in ring["variants"]] == [11900, 38900]
    assert ring["options"] == [{"name": "Metal", "values": ["Silver", "Gold"]}]
    assert ring["description_html"] == "<p>Silver with <b>ore</b></p>"
    answer = client.get("/products/elder-ring")
    assert answer.headers["Cache-Control"].startswith("public")
    assert "Accept-Language" in answer.headers["Vary"]
    labels = [field["label"] for field in client.get("/countries/US").json["fields"]]
    assert "ZIP code" in labels
    assert "DE" in client.get("/countries").json["countries"]


def test_lines_are_added_changed_and_removed(platform, shop):
    client = api_of(platform, shop)
    cart, ring = make_cart(client), variant_of(client, "elder-ring")
    added = client.post(f"/carts/{cart}/lines", {"variant_id": ring, "quantity": 2}).json
    assert [line["quantity"] for line in added["lines"]] == [1, 2]
    changed = client.put(f"/carts/{cart}/lines/{ring}", {"quantity": 5}).json
    assert changed["subtotal"]["amount"] == 8450 + 5 * 11900
    few = client.put(f"/carts/{cart}/lines/{ring}", {"quantity": 6}).json
    assert (few["lines"][1]["notice"], few["can_be_bought"]) == ("few", False)
    removed = client.call("DELETE", f"/carts/{cart}/lines/{ring}").json
    assert [line["product"] for line in removed["lines"]] == ["lens-necklace"]
    assert client.call("DELETE", f"/carts/{cart}/lines/{ring}").status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "body", "code", "status"),
    [
        ("GET", "/products/none", None, "not_found", 404),
        ("GET", "/carts/none", None, "not_found", 404),
        ("GET", "/orders/none", None, "not_found", 404),
        ("GET", "/nothing", None, "not_found", 404),
        ("GET", "/countries/ZZ", None, "not_found", 404),
        ("GET", "/products?page=0", None, "invalid_request", 422),
        ("GET", "/products?price_from=-1", None, "invalid_request", 422),
        ("POST", "/carts", {"lines": [{"variant_id": "x"}]}, "invalid_request", 422),
        ("POST", "/carts", {"surprise": 1}, "invalid_request", 422),
        ("POST", "/carts", ["no", "object"], "bad_request", 400),
        ("DELETE", "/products", None, "method_not_allowed", 405),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_a_problem(platform, shop, method, path, body, code, status):
    answer = api_of(platform, shop).call(method, path, body)
    assert (answer.status_code, answer.json["code"]) == (status, code), answer.text
    assert answer.mimetype == "application/problem+json"
    assert answer.json["status"] == status
    assert answer.json["type"].endswith(f"/api/v1/problems#{code}")
    assert answer.json["detail"]


def test_the_fields_of_a_wrong_address_are_named(platform, shop):
    client = api_of(platform, shop)
    cart = make_cart(client)
    wrong = {"email": "nobody", "address": {**DETAILS["address"], "postal_code": "1"}}
    answer = client.put(f"/carts/{cart}/checkout/details", wrong)
    assert answer.status_code == 422
    assert {found["field"] for found in answer.json["errors"]} == {"email", "address.postal_code"}


def test_nothing_is_placed_at_a_price_that_the_buyer_did_not_see(platform, shop):
    client = api_of(platform, shop)
    cart = make_cart(client)
    quote(client, cart)
    answer = client.post(f"/carts/{cart}/order", {"fingerprint": "0" * 64})
    assert (answer.status_code, answer.json["code"]) == (409, "quote_changed")
    assert client.get(f"/carts/{cart}").status_code == 200, "the basket is kept"


def test_a_closed_shop_says_when_to_come_back(platform, shop):
    from app.foundation.database import directory_scope
    from app.foundation.unit_of_work import unit_of_work
    from tenants.operations import suspend_shop

    with unit_of_work(directory_scope()) as unit:
        suspend_shop(unit, shop_id=shop.id, reason="check", actor="system")
    platform.web._shops.forget()
    answer = api_of(platform, shop).get("/products")
    assert (answer.status_code, answer.json["code"]) == (503, "shop_closed")
    assert int(answer.headers["Retry-After"]) > 0


def test_one_key_is_one_effect(platform, shop):
    client, key = api_of(platform, shop), new_key()
    cart = make_cart(client)
    body = {"variant_id": variant_of(client, "tiny-stud"), "quantity": 1}
    answers = [client.post(f"/carts/{cart}/lines", body, key) for _ in range(3)]
    assert len({answer.text for answer in answers}) == 1
    assert [a.headers.get("Idempotent-Replayed") for a in answers] == [None, "true", "true"]
    assert answers[0].json["lines"][1]["quantity"] == 1
    other = client.post(f"/carts/{cart}/lines", {**body, "quantity": 2}, key)
    assert (other.status_code, other.json["code"]) == (422, "idempotency_key_reused")
    assert client.get(f"/carts/{cart}").json["lines"][1]["quantity"] == 1


def test_a_failed_call_may_be_tried_again_with_its_key(platform, shop):
    client, key = api_of(platform, shop), new_key()
    cart = make_cart(client)
    first = place_unready(client, cart, key)
    assert (first.status_code, first.json["code"]) == (409, "details_missing")
    fingerprint = quote(client, cart)["quote"]["fingerprint"]
    assert client.post(f"/carts/{cart}/order", {"fingerprint": fingerprint}, key).status_code == 201


def place_unready(client, cart, key):
    return client.post(f"/carts/{cart}/order", {"fingerprint": "0" * 64}, key)


def test_one_key_cannot_fetch_another_baskets_answer(platform, shop):
    client, key = api_of(platform, shop), new_key()
    mine, other = make_cart(client), make_cart(client)
    mine_told = client.put(f"/carts/{mine}/checkout/details", DETAILS, key)
    theirs = {"email": "eve@example.com", "address": DETAILS["address"]}
    other_told = client.put(f"/carts/{other}/checkout/details", theirs, key)
    assert (mine_told.json["email"], other_told.json["email"]) == (
        DETAILS["email"], "eve@example.com",
    )  # fmt: skip


@pytest.mark.parametrize("key", ["", "short", "k" * 256, "with a space in it", "schlüssel" * 3])
def test_a_changing_call_needs_a_key(platform, shop, key):
    answer = api_of(platform, shop).post("/carts", {}, key)
    assert (answer.status_code, answer.json["code"]) == (400, "idempotency_key")


def test_answers_are_emptied_after_30_days_and_nothing_is_done_again(platform, shop):
    from datetime import timedelta

    from app.foundation.clock import clock
    from workers.schedule import forget_old_answers

    client, key = api_of(platform, shop), new_key()
    assert client.post("/carts", {}, key).status_code == 201
    assert forget_old_answers(shop.scope) == 0
    clock.move(timedelta(days=31))
    try:
        assert forget_old_answers(shop.scope) == 1
    finally:
        clock.reset()
    answer = client.post("/carts", {}, key)
    assert (answer.status_code, answer.json["code"]) == (409, "idempotent_answer_gone")


def test_the_consoles_have_no_api(platform):
    for face in ("console", "admin"):
        assert ApiClient(platform, f"{face}.{BASE_DOMAIN}").get("/products").status_code == 404
    unknown = f"nobody-{secrets.token_hex(4)}.{BASE_DOMAIN}"
    assert ApiClient(platform, unknown).get("/products").status_code == 404


def test_prices_beyond_32_bits_are_understood(platform, shop):
    client = api_of(platform, shop)
    assert client.get("/products?price_from=9999999999").json["products"] == []
    page = platform.shop_client(shop.slug).get("/en/collections/all?from=99999999")
    assert page.status_code == 200


@pytest.mark.parametrize(
    ("price", "is_paid"), [("0.40", False), ("999000", True), ("30000000", False)]
)
def test_what_cannot_be_charged_is_not_ordered(platform, shop, price, is_paid):
    """Stripe takes 0.50 to 999,999.99 euros at once; 30 million cents do not fit into 32 bits."""
    from app.domains.catalog.imports.operations import import_products
    from app.domains.catalog.imports.parsing import parse_products
    from app.domains.checkout.invariants import check_shop
    from app.domains.fulfilment.models import ShippingOption
    from app.domains.inventory.operations import ensure_location, set_stock
    from app.foundation.unit_of_work import unit_of_work

    rows = (
        "Handle,Title,Published,Option1 Name,Option1 Value,Variant Inventory Qty,Variant Price\n"
        f"crown,Crown,true,Title,Default Title,1,{price}\n"
    )
    with unit_of_work(shop.scope) as unit:
        report = import_products(unit, file=parse_products(rows.encode(), currency="EUR"))
        set_stock(unit, location_id=ensure_location(unit, name="Vault"), quantities=report.stock)
        unit.session.execute(update(ShippingOption).values(price=0))
    client = api_of(platform, shop)
    cart = make_cart(client, handle="crown")
    quote(client, cart)
    placed = place(client, cart)
    if not is_paid:
        assert (placed.status_code, placed.json["code"]) == (409, "total_not_payable")
        assert client.get(f"/carts/{cart}").status_code == 200, "the basket is kept"
        return
    order = placed.json["token"]
    secret = client.post(f"/orders/{order}/payment").json["client_secret"]
    journey.pay(platform, secret.split("_secret_")[0])
    checked = client.post(f"/orders/{order}/payment/check").json
    assert checked["payment_state"] == "confirmed"
    with unit_of_work(shop.scope) as unit:
        assert [found for found in check_shop(unit) if found.breaches] == []

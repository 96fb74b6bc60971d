"""Keys for programs: made with a fresh proof, seen once, opening what they say until their day."""

import re
import secrets
import uuid
from datetime import timedelta

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import IntegrityError

from app.domains.accounts.memberships.operations import grant_role
from app.domains.accounts.people.queries import find_person_id
from app.domains.accounts.rules import Role
from app.domains.accounts.tokens.models import ApiToken
from app.domains.accounts.tokens.operations import MOST_TOKENS, forget_old_tokens
from app.domains.customers.operations import Buyer, ensure_customer
from app.domains.orders.models import Order
from app.foundation.clock import clock
from app.foundation.database import directory_scope
from app.foundation.identifiers import new_id
from app.foundation.unit_of_work import unit_of_work
from tests.conftest import BASE_DOMAIN, drain, open_shop
from tests.functional import journey
from tests.functional.signing_in import make_person, sign_in, take_over

ALL_OWN = ("see_account", "change_account", "end_sessions", "see_addresses", "change_addresses",
           "see_own_orders")  # fmt: skip


@pytest.fixture
def person(platform):
    """A person on the marketplace's host, signed in a moment ago."""
    email = make_person()
    client = sign_in(platform.web, BASE_DOMAIN, email)
    client.email = email
    return client


def make_key(client, scopes=ALL_OWN, *, path="/en/account/keys/new", **changes):
    """Fill the form in and send it; return the answer."""
    page = client.get(path).text
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    form = {**hidden, "name": "Spreadsheet", "days": "90", "scopes": list(scopes), **changes}
    return client.post(path, form)


def key_in(answer):
    found = re.search(r'<code id="key">(gal_\w+)</code>', answer.text)
    assert found, answer.text
    return found[1]


class Program:
    """Calls the API of a host with a key."""

    def __init__(self, platform, key, host=BASE_DOMAIN):
        from werkzeug.test import Client

        self._client, self.key, self.host = Client(platform.web), key, host

    def call(self, method, path, body=None, **headers):
        headers = {"Authorization": f"Bearer {self.key}", **headers}
        if method != "GET":
            headers.setdefault("Idempotency-Key", str(uuid.uuid4()))
        return self._client.open(
            f"/api/v1{path}", method=method, base_url=f"http://{self.host}", json=body,
            headers={name: value for name, value in headers.items() if value},
        )  # fmt: skip

    def get(self, path):
        return self.call("GET", path)


def test_a_key_is_made_seen_once_told_by_mail_and_opens_what_it_says(platform, person, mails):
    made = make_key(person, ["see_account"])
    key = key_in(made)
    assert made.headers["Cache-Control"] == "no-store"
    drain()
    assert [mail.to for mail in mails] == [person.email]
    assert "Spreadsheet" in mails[0].text
    assert key not in mails[0].text
    page = person.get("/en/account/keys").text
    assert key not in page
    assert f"gal_…{key[-4:]}" in page
    assert "not used yet" in page
    program = Program(platform, key)
    assert program.get("/account").json["email"] == person.email
    assert "last used on" in person.get("/en/account/keys").text
    refused = program.call("PATCH", "/account", {"name": "Other"})
    assert refused.status_code == 403
    assert (
        'error="insufficient_scope", scope="change_account"' in refused.headers["WWW-Authenticate"]
    )
    assert refused.json["code"] == "scope_missing"
    assert refused.content_type == "application/problem+json"


def test_only_the_hash_is_kept(platform, person):
    key = key_in(make_key(person))
    with unit_of_work(directory_scope()) as unit:
        rows = (
            unit.session.execute(text("SELECT t::text FROM directory.api_token t")).scalars().all()
        )
    assert rows
    assert not [row for row in rows if key in row or key[4:30] in row or "Spreadsheet" in row]


def test_what_is_no_key_opens_nothing(platform, person):
    key = key_in(make_key(person))
    wrong = key[:-1] + ("a" if key[-1] != "a" else "b")
    for bad in (
        "",
        "gal_",
        wrong,
        "gal_" + "0" * 46,
        key.lower(),
        "\xff",
        f"{key}\x00",
        "x" * 9000,
    ):
        answer = Program(platform, bad).get("/account")
        assert answer.status_code == 401, bad
        assert answer.headers["WWW-Authenticate"].startswith('Bearer realm="Galleria"')
    assert Program(platform, key).call("GET", "/account", Authorization="").status_code == 401
    basic = Program(platform, key).call("GET", "/account", Authorization=f"Basic {key}")
    assert basic.json["code"] == "token_missing"
    client = Program(platform, "none")
    in_query = client.call("GET", f"/account?access_token={key}", Authorization="")
    assert in_query.status_code == 401, "never by the address, which stands in logs"


def test_a_session_is_no_key(platform, person):
    answer = person.get("/api/v1/account")
    assert answer.status_code == 401


def test_a_withdrawn_key_and_one_that_ended_open_nothing(platform, person):
    kept, gone = key_in(make_key(person)), key_in(make_key(person, name="Old"))
    page = person.get("/en/account/keys").text
    path = re.search(r'Old</strong>.*?action="([^"]+/withdraw)"', page, re.DOTALL)[1]
    token = re.search(r'name="form_token" value="([^"]+)"', page)[1]
    assert person.post(path, {"form_token": token}).status_code == 303
    assert Program(platform, gone).get("/account").json["code"] == "token_refused"
    assert Program(platform, kept).get("/account").status_code == 200
    clock.move(timedelta(days=90, seconds=1))
    try:
        assert Program(platform, kept).get("/account").status_code == 401
        with unit_of_work(directory_scope()) as unit:
            forget_old_tokens(unit)
    finally:
        clock.reset()


def test_a_key_ends_within_a_year_by_the_database_too(platform, person):
    make_key(person)
    with pytest.raises(IntegrityError), unit_of_work(directory_scope()) as unit:
        unit.session.execute(
            update(ApiToken).values(ends_at=ApiToken.made_at + timedelta(days=400))
        )


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"name": " "}, "Give the key a name"),
        ({"name": "x" * 61}, "Give the key a name"),
        ({"scopes": []}, "Choose what the key may do"),
        ({"scopes": ["see_orders"]}, "Choose what the key may do"),
        ({"scopes": ["run_everything"]}, "Choose what the key may do"),
        ({"days": "0"}, "Choose when the key ends"),
        ({"days": "100000"}, "Choose when the key ends"),
        ({"days": "x"}, "Choose when the key ends"),
    ],
)
def test_a_form_that_does_not_do_says_so(person, changes, told):
    answer = make_key(person, **changes)
    assert answer.status_code == 422
    assert told in answer.text
    assert "gal_" not in answer.text.split("<main")[1].replace("gal_…", "")


def test_sent_twice_it_is_one_key(person):
    page = person.get("/en/account/keys/new").text
    form = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    form |= {"name": "Once", "days": "7", "scopes": "see_account"}
    key_in(person.post("/en/account/keys/new", form))
    assert person.post("/en/account/keys/new", form).status_code == 303
    assert person.get("/en/account/keys").text.count("Once</strong>") == 1


def test_there_is_an_end_to_how_many(person):
    """The last for which there is room may be sent twice like any other."""
    for _ in range(MOST_TOKENS - 1):
        key_in(make_key(person, ["see_account"]))
    last = {"token_id": str(new_id())}
    key_in(make_key(person, **last))
    assert make_key(person, **last).status_code == 303
    assert make_key(person).status_code == 409


def test_a_key_is_made_with_a_fresh_proof_only(platform, person):
    clock.move(timedelta(minutes=6))
    try:
        answer = person.get("/en/account/keys/new")
    finally:
        clock.reset()
    assert answer.status_code == 303
    assert "/prove" in answer.headers["Location"]


def test_a_program_changes_the_account_ends_sessions_and_keeps_addresses(platform, person):
    program = Program(platform, key_in(make_key(person)))
    changed = program.call("PATCH", "/account", {"name": "Ada Program", "currency": "CHF"})
    assert changed.json | {"name": "Ada Program", "currency": "CHF"} == changed.json
    assert "Ada Program" in person.get("/en/account").text
    address = {"name": "Ada", "street_address": "Lindenstraße 5", "postal_code": "10969",
               "city": "Berlin", "country_code": "DE"}  # fmt: skip
    key = str(uuid.uuid4())
    first = program.call(
        "POST", "/account/addresses", {"address": address}, **{"Idempotency-Key": key}
    )
    again = program.call(
        "POST", "/account/addresses", {"address": address}, **{"Idempotency-Key": key}
    )
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json == again.json
    assert again.headers["Idempotent-Replayed"] == "true"
    other = {**address, "city": "Bonn"}
    mismatch = program.call(
        "POST", "/account/addresses", {"address": other}, **{"Idempotency-Key": key}
    )
    assert mismatch.json["code"] == "idempotency_key_reused"
    assert len(program.get("/account/addresses").json["addresses"]) == 1
    wrong = program.call("POST", "/account/addresses", {"address": {**address, "postal_code": "1"}})
    assert wrong.json["errors"][0]["field"] == "address.postal_code"
    path = f"/account/addresses/{first.json['id']}"
    rewritten = program.call("PUT", path, {"address": other})
    assert rewritten.json["address"]["city"] == "Bonn"
    assert program.call("DELETE", path).status_code == 204
    assert program.call("DELETE", path).status_code == 404
    assert program.call("DELETE", path, **{"Idempotency-Key": ""}).status_code == 400
    (session,) = program.get("/account/sessions").json["sessions"]
    assert program.call("DELETE", f"/account/sessions/{session['id']}").status_code == 204
    assert person.get("/en/account").status_code == 303


def test_nothing_of_another_person_is_there(platform, person):
    stranger = sign_in(platform.web, BASE_DOMAIN, make_person())
    theirs = Program(platform, key_in(make_key(stranger)))
    mine = Program(platform, key_in(make_key(person)))
    (session,) = theirs.get("/account/sessions").json["sessions"]
    address = {"name": "S", "street_address": "Weg 1", "postal_code": "10969", "city": "Berlin",
               "country_code": "DE"}  # fmt: skip
    kept = theirs.call("POST", "/account/addresses", {"address": address}).json["id"]
    for method, path, body in (
        ("DELETE", "/account/sessions/{}", None),
        ("DELETE", "/account/addresses/{}", None),
        ("PUT", "/account/addresses/{}", {"address": address}),
    ):
        foreign = mine.call(
            method, path.format(session["id"] if "sessions" in path else kept), body
        )
        absent = mine.call(method, path.format(uuid.uuid4()), body)
        assert foreign.status_code == absent.status_code == 404
        assert foreign.json == absent.json
    assert theirs.get("/account/sessions").json["sessions"]
    assert theirs.get("/account/addresses").json["addresses"]


@pytest.fixture
def owner(platform, shop):
    """Somebody who owns the shop, on the console."""
    market = sign_in(platform.web, BASE_DOMAIN, make_person((shop.id, Role.OWNER)))
    return take_over(market, platform.client(f"console.{BASE_DOMAIN}"))


def shop_key(client, shop, *scopes):
    return make_key(client, scopes, path=f"/shops/{shop.id}/keys/new")


def test_a_shops_key_reads_its_orders_and_products_and_nothing_else(platform, shop, owner):
    token = journey.check_out(platform.shop_client(shop.slug))
    assert token
    host = f"{shop.slug}.{BASE_DOMAIN}"
    program = Program(platform, key_in(shop_key(owner, shop, "see_orders", "see_products")), host)
    (order,) = program.get("/manage/orders").json["orders"]
    whole = program.get(f"/manage/orders/{order['id']}").json
    assert whole["email"] == journey.ADDRESS["email"]
    assert len(program.get("/manage/products").json["products"]) == 3
    assert "looked at a buyer" in owner.get(f"/shops/{shop.id}/log").text
    assert program.get("/account/orders").status_code == 403
    other = open_shop(f"other-{secrets.token_hex(4)}", platform)
    elsewhere = Program(platform, program.key, f"{other.slug}.{BASE_DOMAIN}")
    assert elsewhere.get("/manage/orders").json["code"] == "token_refused"
    assert Program(platform, program.key).get("/account").status_code == 401
    narrow = Program(platform, key_in(shop_key(owner, shop, "see_products")), host)
    assert narrow.get("/manage/orders").status_code == 403


def test_a_key_never_does_more_than_its_maker_may_now(platform, shop):
    email = make_person((shop.id, Role.ADMINISTRATOR))
    make_person((shop.id, Role.OWNER))
    market = sign_in(platform.web, BASE_DOMAIN, email)
    client = take_over(market, platform.client(f"console.{BASE_DOMAIN}"))
    key = key_in(shop_key(client, shop, "see_orders"))
    program = Program(platform, key, f"{shop.slug}.{BASE_DOMAIN}")
    assert program.get("/manage/orders").status_code == 200
    with unit_of_work(directory_scope()) as unit:
        person_id = find_person_id(unit, email=email)
        assert person_id
        grant_role(unit, person_id=person_id, shop_id=shop.id, role=Role.CATALOGUE)
    assert program.get("/manage/orders").status_code == 403


def test_the_shops_people_see_its_keys_and_withdraw_them(platform, shop, owner):
    key = key_in(shop_key(owner, shop, "see_products"))
    second = take_over(
        sign_in(platform.web, BASE_DOMAIN, make_person((shop.id, Role.OWNER), name="Second Owner")),
        platform.client(f"console.{BASE_DOMAIN}"),
    )
    page = second.get(f"/shops/{shop.id}/keys").text
    assert "Made by Pat Person" in page
    path = re.search(r'action="([^"]+/withdraw)"', page)[1]
    token = re.search(r'name="form_token" value="([^"]+)"', page)[1]
    assert second.post(path, {"form_token": token}).status_code == 303
    host = f"{shop.slug}.{BASE_DOMAIN}"
    assert Program(platform, key, host).get("/manage/products").status_code == 401


def test_a_buyers_program_reads_their_orders_in_a_shop(platform, shop, person):
    host = f"{shop.slug}.{BASE_DOMAIN}"
    program = Program(platform, key_in(make_key(person, ["see_own_orders"])), host)
    assert program.get("/account/orders").json == {"orders": [], "page": 1, "has_next": False}
    assert program.get("/manage/orders").status_code == 403
    token = journey.check_out(platform.shop_client(shop.slug))
    assert token
    with unit_of_work(directory_scope()) as unit:
        person_id = find_person_id(unit, email=person.email)
    with unit_of_work(shop.scope) as unit:
        buyer = Buyer(person_id=person_id, email=person.email, name="Pat", language="en")
        customer_id = ensure_customer(unit, buyer=buyer)
        unit.session.execute(update(Order).values(customer_id=customer_id))
    (order,) = program.get("/account/orders").json["orders"]
    assert order["payment_state"] == "awaiting_payment"

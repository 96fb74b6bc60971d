"""The API and its OpenAPI document agree: what schemathesis makes of the one, the other answers.

Three kinds of calls for each operation: valid ones to addresses that do not exist, valid ones to a
basket and an order that do, and invalid ones. No answer may be a 5xx, or one that is not described.
"""

import secrets
import uuid
from dataclasses import dataclass
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, assume, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.parameters import ParameterLocation
from schemathesis.specs.openapi import checks

from app.domains.accounts.people.queries import find_person_id
from app.domains.accounts.rules import Role
from app.domains.accounts.tokens.operations import make_token
from app.domains.accounts.tokens.rules import SHOP_SCOPES, OwnScope
from app.domains.orders.queries import list_orders
from app.foundation.database import directory_scope
from app.foundation.identifiers import new_id
from app.foundation.unit_of_work import unit_of_work
from tests.conftest import BASE_DOMAIN, open_shop
from tests.functional.api.calls import api_of, make_cart, place, quote, variant_of
from tests.functional.signing_in import make_person

CASES = 100
DESCRIBED = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
OF_SHOP = [
    ("GET", "/products"), ("GET", "/products/{handle}"), ("GET", "/collections"),
    ("GET", "/countries"), ("GET", "/countries/{country}"),
    ("POST", "/carts"), ("GET", "/carts/{cart}"), ("POST", "/carts/{cart}/lines"),
    ("PUT", "/carts/{cart}/lines/{variant_id}"), ("DELETE", "/carts/{cart}/lines/{variant_id}"),
    ("GET", "/carts/{cart}/checkout"), ("PUT", "/carts/{cart}/checkout/details"),
    ("PUT", "/carts/{cart}/checkout/shipping"), ("POST", "/carts/{cart}/order"),
    ("GET", "/orders/{order}"), ("POST", "/orders/{order}/payment"),
    ("POST", "/orders/{order}/payment/check"),
]  # fmt: skip
OF_MARKETPLACE = [("GET", "/shops"), ("GET", "/problems")]
KEYED_OF_SHOP = [
    ("GET", "/account/orders"), ("GET", "/manage/orders"), ("GET", "/manage/orders/{order_id}"),
    ("GET", "/manage/products"),
]  # fmt: skip
KEYED_OF_MARKETPLACE = [
    ("GET", "/account"), ("PATCH", "/account"), ("GET", "/account/sessions"),
    ("DELETE", "/account/sessions/{session_id}"), ("GET", "/account/addresses"),
    ("POST", "/account/addresses"), ("PUT", "/account/addresses/{address_id}"),
    ("DELETE", "/account/addresses/{address_id}"),
]  # fmt: skip
"""Calls that need a key."""
KEYED = [*KEYED_OF_SHOP, *KEYED_OF_MARKETPLACE]


@pytest.fixture(scope="module")
def selling(platform):
    """A shop with a basket at its checkout and an order that waits for its payment."""
    shop = open_shop(f"described-{secrets.token_hex(4)}", platform)
    client = api_of(platform, shop)
    ordered, cart = make_cart(client, handle="tiny-stud"), make_cart(client)
    quote(client, ordered)
    quote(client, cart)
    known = {
        "handle": "elder-ring",
        "country": "FR",
        "cart": cart,
        "variant_id": variant_of(client),
        "order": place(client, ordered).json["token"],
    }
    with unit_of_work(shop.scope) as unit:
        known["order_id"] = str(list_orders(unit)[0].id)
    return read_api(platform, client.host), known, shop


@dataclass
class DescribedApi:
    """The API of one host, with its document."""

    host: str
    document: Any
    key: str = ""

    @property
    def headers(self):
        return {"Host": self.host} | ({"Authorization": f"Bearer {self.key}"} if self.key else {})


def read_api(platform, host):
    path, headers = "/api/v1/openapi.json", {"Host": host}
    return DescribedApi(host, schemathesis.openapi.from_wsgi(path, platform.web, headers=headers))


def calls_of(api):
    return {
        (method.upper(), path.removeprefix("/api/v1"))
        for path, operations in api.document.raw_schema["paths"].items()
        for method in operations
    }


def is_wrong_by_its_key(api, case):
    """Whether a call's key is made wrong; here the right one is sent in its place."""
    header = case.meta.components.get(ParameterLocation.HEADER)
    return bool(api.key) and header is not None and header.mode is GenerationMode.NEGATIVE


def send(api, method, path, mode, *, only=None, **known):
    operation = api.document[f"/api/v1{path}"][method]

    @settings(
        max_examples=CASES, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(case=operation.as_strategy(generation_mode=mode, **known))
    def answers_as_described(case):
        assume(not is_wrong_by_its_key(api, case))
        headers = dict(api.headers)
        if method != "GET" and mode is GenerationMode.POSITIVE:
            headers["Idempotency-Key"] = str(uuid.uuid4())
        answer = case.call(headers=headers)
        # Sent again without the key, a call comes to another host: tested below instead.
        case.validate_response(
            answer, checks=only, headers=headers, excluded_checks=[checks.ignored_auth]
        )

    answers_as_described()


def test_every_call_is_tested(platform, selling):
    assert calls_of(selling[0]) == {*OF_SHOP, *KEYED_OF_SHOP}
    of_marketplace = calls_of(read_api(platform, BASE_DOMAIN))
    assert of_marketplace == {*OF_MARKETPLACE, *KEYED_OF_MARKETPLACE}


@pytest.mark.parametrize(("method", "path"), OF_SHOP)
def test_valid_calls_are_understood(selling, method, path):
    send(selling[0], method, path, GenerationMode.POSITIVE)


@pytest.mark.parametrize(("method", "path"), [call for call in OF_SHOP if "{" in call[1]])
def test_valid_calls_on_what_is_there_are_answered_as_described(selling, method, path):
    api, known, _ = selling
    parameters = {name: value for name, value in known.items() if f"{{{name}}}" in path}
    send(api, method, path, GenerationMode.POSITIVE, only=DESCRIBED, path_parameters=parameters)


CANNOT_BE_WRONG = {"/collections", "/countries", "/products/{handle}"}
"""Calls that take nothing, or any text."""


@pytest.mark.parametrize(
    ("method", "path"), [call for call in OF_SHOP if call[1] not in CANNOT_BE_WRONG]
)
def test_invalid_calls_are_refused(selling, method, path):
    send(selling[0], method, path, GenerationMode.NEGATIVE)


@pytest.mark.parametrize(("method", "path"), OF_MARKETPLACE)
def test_the_marketplaces_calls(platform, method, path):
    send(read_api(platform, BASE_DOMAIN), method, path, GenerationMode.POSITIVE)


@pytest.fixture(scope="module")
def keyed(platform, selling):
    """Both APIs with a key each that opens everything: of an owner, and of the same person."""
    api, known, shop = selling
    email = make_person((shop.id, Role.OWNER))
    with unit_of_work(directory_scope()) as unit:
        person_id = find_person_id(unit, email=email)
        keys = [
            make_token(
                unit, token_id=new_id(), person_id=person_id, shop_id=shop_id, name="Everything",
                scopes=scopes, days=7, allowed=scopes,
            )
            for shop_id, scopes in ((shop.id, SHOP_SCOPES), (None, OwnScope))
        ]  # fmt: skip
    market = read_api(platform, BASE_DOMAIN)
    market.key = keys[1]
    return {"shop": DescribedApi(api.host, api.document, keys[0]),
            "own": DescribedApi(api.host, api.document, keys[1]), "market": market, **known}  # fmt: skip


def api_for(keyed, call):
    if call in KEYED_OF_MARKETPLACE:
        return keyed["market"]
    return keyed["own" if call[1].startswith("/account") else "shop"]


@pytest.mark.parametrize(("method", "path"), KEYED)
def test_calls_with_a_key_are_answered_as_described(keyed, method, path):
    api = api_for(keyed, (method, path))
    send(api, method, path, GenerationMode.POSITIVE, only=DESCRIBED)
    if "order_id" in path:
        found = {"order_id": keyed["order_id"]}
        send(api, method, path, GenerationMode.POSITIVE, only=DESCRIBED, path_parameters=found)


TAKE_NOTHING = {"/account", "/account/sessions", "/account/addresses"}


@pytest.mark.parametrize(
    ("method", "path"), [c for c in KEYED if c[0] != "GET" or c[1] not in TAKE_NOTHING]
)
def test_invalid_calls_with_a_key_are_refused(keyed, method, path):
    send(api_for(keyed, (method, path)), method, path, GenerationMode.NEGATIVE)


@pytest.mark.parametrize(("method", "path"), KEYED)
def test_calls_without_a_key_or_with_a_wrong_one_are_refused(platform, keyed, method, path):
    api = api_for(keyed, (method, path))
    for key in ("", "gal_" + "0" * 46):
        client = api_of_host(platform, api.host)
        path_ids = {name: str(new_id()) for name in ("order_id", "session_id", "address_id")}
        answer = client.open(
            f"/api/v1{path.format(**path_ids)}", method=method, base_url=f"http://{api.host}",
            headers={"Authorization": f"Bearer {key}"} if key else {},
        )  # fmt: skip
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert answer.content_type == "application/problem+json"


def api_of_host(platform, host):
    from werkzeug.test import Client

    assert host
    return Client(platform.web)

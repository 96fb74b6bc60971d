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
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from tests.conftest import BASE_DOMAIN, open_shop
from tests.functional.api.calls import api_of, make_cart, place, quote, variant_of

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
    return read_api(platform, client.host), known


@dataclass
class DescribedApi:
    """The API of one host, with its document."""

    host: str
    document: Any


def read_api(platform, host):
    path, headers = "/api/v1/openapi.json", {"Host": host}
    return DescribedApi(host, schemathesis.openapi.from_wsgi(path, platform.web, headers=headers))


def calls_of(api):
    return {
        (method.upper(), path.removeprefix("/api/v1"))
        for path, operations in api.document.raw_schema["paths"].items()
        for method in operations
    }


def send(api, method, path, mode, *, only=None, **known):
    operation = api.document[f"/api/v1{path}"][method]

    @settings(
        max_examples=CASES, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(case=operation.as_strategy(generation_mode=mode, **known))
    def answers_as_described(case):
        headers = {"Host": api.host}
        if method != "GET" and mode is GenerationMode.POSITIVE:
            headers["Idempotency-Key"] = str(uuid.uuid4())
        answer = case.call(headers=headers)
        case.validate_response(answer, checks=only, headers=headers)

    answers_as_described()


def test_every_call_is_tested(platform, selling):
    assert calls_of(selling[0]) == set(OF_SHOP)
    assert calls_of(read_api(platform, BASE_DOMAIN)) == set(OF_MARKETPLACE)


@pytest.mark.parametrize(("method", "path"), OF_SHOP)
def test_valid_calls_are_understood(selling, method, path):
    send(selling[0], method, path, GenerationMode.POSITIVE)


@pytest.mark.parametrize(("method", "path"), [call for call in OF_SHOP if "{" in call[1]])
def test_valid_calls_on_what_is_there_are_answered_as_described(selling, method, path):
    api, known = selling
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

"""A program that uses the API: one host, JSON, a new key for each thing to be done."""

import json
import uuid
from typing import Any

from tests.functional.journey import ADDRESS

DETAILS = {
    "email": ADDRESS["email"],
    "address": {name: value for name, value in ADDRESS.items() if name != "email"},
}


class ApiClient:
    """Calls /api/v1 on one host of the platform under test."""

    def __init__(self, platform: Any, host: str) -> None:
        from werkzeug.test import Client

        self._client = Client(platform.web)
        self.host = host
        self.bearer = ""
        """A key for programs, where the calls need one."""

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        key: str | None = None,
        more: dict[str, str] | None = None,
    ) -> Any:
        """Send a call; `key` is new unless given, "" sends none."""
        headers = {"Idempotency-Key": new_key() if key is None else key} if key != "" else {}
        of_bearer = {"Authorization": f"Bearer {self.bearer}"} if self.bearer else {}
        return self._client.open(
            f"/api/v1{path}",
            method=method,
            base_url=f"http://{self.host}",
            headers=of_bearer | (headers if method != "GET" else {}) | (more or {}),
            data=None if body is None else json.dumps(body),
            content_type=None if body is None else "application/json",
        )

    def get(self, path: str) -> Any:
        return self.call("GET", path)

    def post(self, path: str, body: Any = None, key: str | None = None) -> Any:
        return self.call("POST", path, body, key)

    def put(self, path: str, body: Any, key: str | None = None) -> Any:
        return self.call("PUT", path, body, key)


def new_key() -> str:
    return str(uuid.uuid4())


def api_of(platform: Any, shop: Any) -> ApiClient:
    return ApiClient(platform, f"{shop.slug}.{platform.configuration.base_domain}")


def variant_of(client: ApiClient, handle: str = "lens-necklace") -> str:
    return client.get(f"/products/{handle}").json["variants"][0]["id"]


def make_cart(client: ApiClient, quantity: int = 1, handle: str = "lens-necklace") -> str:
    line = {"variant_id": variant_of(client, handle), "quantity": quantity}
    answer = client.post("/carts", {"lines": [line]})
    assert answer.status_code == 201, answer.text
    return answer.json["token"]


def quote(client: ApiClient, cart: str) -> dict[str, Any]:
    """Tell details and shipping; return the checkout, ready to place."""
    told = client.put(f"/carts/{cart}/checkout/details", DETAILS)
    assert told.status_code == 200, told.text
    option = told.json["shipping_options"][0]["id"]
    chosen = client.put(f"/carts/{cart}/checkout/shipping", {"shipping_option_id": option})
    assert chosen.status_code == 200, chosen.text
    return chosen.json


def place(client: ApiClient, cart: str, key: str | None = None) -> Any:
    fingerprint = client.get(f"/carts/{cart}/checkout").json["quote"]["fingerprint"]
    return client.post(f"/carts/{cart}/order", {"fingerprint": fingerprint}, key)

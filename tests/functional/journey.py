"""The buyer's steps, over HTTP, so that tests read as a story."""

import re
from typing import Any

ADDRESS = {
    "email": "Ada.Buyer@example.com",
    "name": "Ada Buyer",
    "street_address": "Lindenstraße 5",
    "postal_code": "10969",
    "city": "Berlin",
    "country_code": "DE",
}


def variant_of(client: Any, handle: str) -> str:
    page = client.get(f"/en/products/{handle}").text
    found = re.search(r'name="variant_id" value="([^"]+)"', page)
    assert found, page
    return found[1]


def fill_basket(client: Any, handle: str = "lens-necklace", quantity: int = 1) -> str:
    variant = variant_of(client, handle)
    answer = client.post("/en/cart/lines", {"variant_id": variant, "quantity": str(quantity)})
    assert answer.status_code == 303, answer.text
    return variant


def give_address(client: Any, **changes: str) -> Any:
    return client.post("/en/checkout", {**ADDRESS, **changes})


def choose_shipping(client: Any) -> Any:
    page = client.get("/en/checkout/shipping").text
    option = re.search(r'name="option" value="([^"]+)"', page)
    assert option, page
    return client.post("/en/checkout/shipping", {"option": option[1]})


def fingerprint(client: Any) -> str:
    page = client.get("/en/checkout/review").text
    found = re.search(r'name="seen" value="([^"]+)"', page)
    assert found, page
    return found[1]


def place(client: Any, seen: str | None = None) -> Any:
    return client.post("/en/checkout/place", {"seen": seen or fingerprint(client)})


def prepare(client: Any, handle: str = "lens-necklace", quantity: int = 1) -> None:
    """Go from the shop's page to the last one before the payment."""
    fill_basket(client, handle, quantity)
    assert give_address(client).status_code == 303
    assert choose_shipping(client).status_code == 303


def check_out(client: Any, handle: str = "lens-necklace", quantity: int = 1) -> str:
    """Go from the shop's page to the payment; return the order's secret."""
    prepare(client, handle, quantity)
    answer = place(client)
    assert answer.status_code == 303, answer.text
    return token_of(answer)


def token_of(answer: Any) -> str:
    return re.search(r"/orders/([^/?]+)", answer.headers["Location"])[1]


def intent_of(client: Any, token: str) -> str:
    page = client.get(f"/en/orders/{token}/pay").text
    return re.search(r'data-secret="((pi_[^_]+)_secret_[^"]+)"', page)[2]


def pay(platform: Any, intent_id: str, card: str = "pm_card_visa") -> Any:
    """Confirm at the provider, as the payment field in the browser does."""
    import stripe

    client = stripe.StripeClient("sk_test", base_addresses={"api": platform.stripe.url})
    return client.v1.payment_intents.confirm(
        intent_id, params={"payment_method": card, "return_url": "http://shop/return"}
    )


def buy(platform: Any, client: Any, handle: str = "lens-necklace", quantity: int = 1) -> str:
    token = check_out(client, handle, quantity)
    pay(platform, intent_of(client, token))
    assert client.get(f"/en/orders/{token}/return").status_code == 303
    return token

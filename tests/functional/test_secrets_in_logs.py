"""A canary: what links carry never reaches a log line, whatever goes wrong with them."""

import io
import logging

import pytest
import structlog

from tests.conftest import BASE_DOMAIN
from tests.functional import journey


@pytest.fixture
def written(platform):
    """Collect everything that this process writes into its log, as it writes it."""
    root = logging.getLogger()
    stream, level = io.StringIO(), root.level
    handler = logging.StreamHandler(stream)
    handler.setFormatter(root.handlers[0].formatter)
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield stream.getvalue
    root.removeHandler(handler)
    root.setLevel(level)


def test_no_link_s_secret_is_written(platform, shop, written):
    client = platform.shop_client(shop.slug)
    token = journey.buy(platform, client)
    cart = client.cookie("cart")
    for path in (
        f"/en/orders/{token}", f"/en/orders/{token}/pay", f"/api/v1/orders/{token}",
        f"/en/orders/{token}x", f"/signed-in?code={token}&next=/", f"/en/search?q={token}",
        f"/en/nothing/{token}",
    ):  # fmt: skip
        client.get(path)
    platform.client(f"console.{BASE_DOMAIN}").get(f"/sign-in?next=/orders/{token}")
    log = structlog.get_logger("tests")
    try:
        raise LookupError(f"no order at http://x/orders/{token}")
    except LookupError as error:
        log.exception("unexpected error", error=type(error).__name__, address=f"/orders/{token}")
    logging.getLogger("a.library").warning("retrying %s", f"/v1/{token}")
    text = written()
    assert text.count('"event": "request"') > 10, "the control: requests are written"
    assert "LookupError: no order at" in text
    assert token not in text
    assert not cart or cart.value not in text


def test_what_is_asked_for_is_named_by_its_view_alone(platform, shop, written):
    platform.shop_client(shop.slug).get("/en/products/elder-ring?q=canary-7Qx")
    assert "browsing.product" in written()
    assert "canary-7Qx" not in written()
    assert "elder-ring" not in written()

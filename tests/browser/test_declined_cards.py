"""Two declined cards, the check, and the third card, as a person meets them in a real browser."""

import threading
from urllib.parse import urlsplit

import pytest
from werkzeug.serving import make_server

from app.dispatcher import Dispatcher
from tests.browser.test_buying_in_a_browser import check_access, no_sideways_scroll
from tests.conftest import HostClient
from tests.functional import journey

pytestmark = pytest.mark.browser
DECLINED, GOOD = "4000000000000002", "4242424242424242"


@pytest.fixture(scope="module")
def site(platform):
    """The application on a host that browsers trust as they trust TLS, with production's limits."""
    changes = {"base_domain": "localhost", "rate_limit_factor": 1}
    web = Dispatcher(platform.configuration.model_copy(update=changes))
    server = make_server("127.0.0.1", 0, web, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield web, server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def type_card(page, number):
    frame = page.frame_locator("#payment-element iframe")
    frame.get_by_label("Card number").fill(number)
    frame.get_by_label("Expir").fill("12/34")
    frame.get_by_label("Security code").fill("123")


def test_the_third_card_pays_after_the_check(platform, shop, chromium, site):
    web, port = site
    guest = HostClient(web, f"{shop.slug}.localhost:{port}")
    token = journey.check_out(guest)
    page = chromium.new_page(viewport={"width": 320, "height": 800})
    problems = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(f"http://{shop.slug}.localhost:{port}/en/orders/{token}/pay")
    pay = page.get_by_role("button", name="Pay")
    type_card(page, DECLINED)
    pay.click()
    page.get_by_text("Try another card").wait_for()
    check_access(page)
    assert pay.is_enabled(), "once is an accident: the same field takes the next card"
    type_card(page, DECLINED)
    pay.click()
    go_on = page.get_by_role("button", name="Go on to the payment")
    go_on.wait_for()
    page.get_by_text("Checked: you are a person.").wait_for()
    check_access(page)
    no_sideways_scroll(page)
    go_on.press("Enter")
    page.locator("#payment-element iframe").wait_for()
    type_card(page, GOOD)
    page.get_by_role("button", name="Pay").click()
    page.get_by_text("Your order stands").wait_for()
    assert urlsplit(page.url).path == f"/en/orders/{token}"
    assert problems == []

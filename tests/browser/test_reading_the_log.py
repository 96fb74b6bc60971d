"""The log's three pages in a real browser: axe, no sideways scroll, searched by the keyboard."""

import pytest

from app.domains.accounts.rules import PLATFORM, Role
from tests.browser.test_buying_in_a_browser import check_access, no_sideways_scroll
from tests.conftest import BASE_DOMAIN, drain
from tests.functional import settling
from tests.functional.proving import give_code
from tests.functional.signing_in import PASSWORD, make_person

pytestmark = pytest.mark.browser
TITLES = {"en": "Log", "de": "Protokoll", "fr": "Journal"}


@pytest.mark.parametrize(
    ("width", "language", "scheme"),
    [(320, "de", "light"), (768, "fr", "dark"), (1280, "en", "light")],
)
def test_each_page_of_the_log(platform, chromium, served, shop, width, language, scheme):
    order = settling.buy(platform, shop, quantity=1)
    drain()
    email = make_person(
        (shop.id, Role.OWNER), (PLATFORM, Role.ADMIN), name="Olga " + "Longname " * 6,
        language=language,
    )  # fmt: skip
    context = chromium.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme,
        locale={"en": "en-GB", "de": "de-DE", "fr": "fr-FR"}[language],
    )  # fmt: skip
    page = context.new_page()
    page.goto(f"http://{BASE_DOMAIN}/{language}/sign-in")
    page.locator("#email").fill(email)
    page.locator("#password").fill(PASSWORD)
    page.keyboard.press("Enter")
    give_code(page, email)
    console, admin = f"http://console.{BASE_DOMAIN}", f"http://admin.{BASE_DOMAIN}"
    page.goto(f"{console}/shops/{shop.id}/orders/{order}")
    for path in (
        f"{console}/shops/{shop.id}/log", f"{console}/shops/{shop.id}/log?since=nonsense",
        f"{console}/shops/{shop.id}/log?object=nothing", f"{admin}/log", f"{admin}/log?shop=nowhere",
        f"http://{BASE_DOMAIN}/{language}/account/log",
    ):  # fmt: skip
        page.goto(path)
        assert page.locator("h1").inner_text() == TITLES[language], page.url
        check_access(page)
        no_sideways_scroll(page)
    page.goto(f"{console}/shops/{shop.id}/log")
    page.locator("#what").focus()
    page.keyboard.press("Tab")
    page.keyboard.type(str(order))
    page.keyboard.press("Enter")
    page.wait_for_url("**object=**")
    assert page.locator("tbody tr").count() >= 3
    assert page.locator(f"a[href$='/orders/{order}']").count() >= 1
    context.close()

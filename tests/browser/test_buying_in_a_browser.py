"""The purchase as a person makes it, in a real browser; every page checked by axe on the way."""

import secrets

import pytest

from tests.browser.purchase import (
    ASKING_CARD,
    DECLINED_CARD,
    ENGLISH,
    GERMAN,
    GOOD_CARD,
    fill_card,
    fill_details,
    order,
    pay,
    take_to_checkout,
    wait_until_it_stands,
)
from tests.conftest import BASE_DOMAIN, ROOT, drain, open_shop
from tests.functional import journey
from tests.functional.proving import give_code
from tests.functional.signing_in import PASSWORD, make_person
from tests.functional.test_buying import check_books

pytestmark = pytest.mark.browser
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]


def check_access(page):
    """axe finds nothing (WCAG 2.1 AA). The payment field's own frame is Stripe's."""
    page.evaluate(AXE.read_text())
    found = page.evaluate(
        "rules => axe.run(document, {runOnly: rules, iframes: false})"
        ".then(r => r.violations.map(v => v.id + ': ' + v.nodes.map(n => n.target).join(' ')))",
        RULES,
    )
    assert found == [], (page.url, found)


def no_sideways_scroll(page):
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url


@pytest.mark.parametrize("kind", ["maker", "box", "house"])
@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_guest_buys_in_each_theme(platform, chromium, served, mails, kind, width, scheme):
    shop = open_shop(f"{kind}-{secrets.token_hex(4)}", platform, kind=kind)
    page = chromium.new_page(
        viewport={"width": width, "height": 800},
        color_scheme=scheme,
        base_url=f"http://{shop.slug}.{BASE_DOMAIN}",
    )
    problems = []
    page.on(
        "console",
        lambda message: problems.append(message.text) if message.type == "error" else None,
    )
    page.on("pageerror", lambda error: problems.append(str(error)))

    def look():
        page.wait_for_load_state()
        check_access(page)
        no_sideways_scroll(page)

    page.goto("/en/")
    look()
    page.goto("/en/collections/all")
    look()
    page.get_by_role("link", name="Elder ring").click()
    look()
    page.get_by_role("radio", name="Gold").check()
    page.wait_for_url("**choice-1=Gold**")
    assert "€389.00" in page.content()
    page.get_by_role("button", name=ENGLISH.add).click()
    look()
    page.get_by_role("link", name=ENGLISH.check_out).click()
    page.get_by_label("E-mail").fill("ada@example.com")
    page.get_by_role("button", name=ENGLISH.to_shipping).click()
    assert page.get_by_text("This field is needed.").count() > 0
    assert page.get_by_label("E-mail").input_value() == "ada@example.com"
    look()
    fill_details(page)
    look()
    page.get_by_role("button", name=ENGLISH.to_payment).click()
    look()
    page.get_by_role("button", name=ENGLISH.order).click()
    fill_card(page, DECLINED_CARD)
    look()
    pay(page)
    page.get_by_text("Try another card").first.wait_for()
    fill_card(page, GOOD_CARD)
    pay(page)
    wait_until_it_stands(page)
    look()
    drain()
    assert [mail.to for mail in mails if mail.to == "ada@example.com"] == ["ada@example.com"]
    check_books(platform)
    unexpected = [p for p in problems if "402" not in p and "422" not in p and "favicon" not in p]
    assert unexpected == []
    page.close()


OTHER_PAGES = (
    "/search?q=ring", "/search?q=zzz", "/search?q=ring&from=10&to=500&available=on&sort=price_up",
    "/story", "/delivery", "/cart", "/products/nothing", "/nothing",
)  # fmt: skip


@pytest.mark.parametrize("kind", ["maker", "box", "house"])
@pytest.mark.parametrize(("width", "language"), [(320, "de"), (768, "fr"), (3840, "en")])
def test_every_other_page_of_a_shop(platform, chromium, served, kind, width, language):
    """What a purchase does not pass: finding nothing, the story, an empty basket, wrong addresses."""
    shop = open_shop(f"{kind}-{secrets.token_hex(4)}", platform, kind=kind)
    client = platform.shop_client(shop.slug)
    bought = journey.buy(platform, client)
    page = chromium.new_page(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if width == 768 else "light",
        base_url=f"http://{shop.slug}.{BASE_DOMAIN}",
    )
    for path in (*OTHER_PAGES, f"/orders/{bought}"):
        page.goto(f"/{language}{path}")
        check_access(page)
        no_sideways_scroll(page)
    page.goto(f"http://{BASE_DOMAIN}/{language}/")
    check_access(page)
    no_sideways_scroll(page)
    page.close()


def test_three_d_secure_in_the_browser(platform, chromium, served, shop):
    page = chromium.new_page(base_url=f"http://{shop.slug}.{BASE_DOMAIN}")
    page.goto("/de/products/lens-necklace")
    take_to_checkout(page, GERMAN)
    fill_details(page, words=GERMAN)
    order(page, GERMAN)
    fill_card(page, ASKING_CARD, GERMAN)
    pay(page, GERMAN)
    page.get_by_role("button", name="Complete").click()
    wait_until_it_stands(page, GERMAN)
    page.close()


def test_without_javascript_up_to_the_payment(platform, chromium, served, shop):
    context = chromium.new_context(
        java_script_enabled=False, base_url=f"http://{shop.slug}.{BASE_DOMAIN}"
    )
    page = context.new_page()
    page.goto("/en/products/lens-necklace")
    take_to_checkout(page)
    fill_details(page)
    order(page)
    page.locator("noscript .banner").wait_for()
    context.close()


def test_the_consoles(platform, chromium, served, shop):
    """A merchant and an admin sign in and see the shop; another's shop is not there."""
    from app.domains.accounts.rules import PLATFORM, Role

    email = make_person((shop.id, Role.OWNER), (PLATFORM, Role.ADMIN))
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"http://console.{BASE_DOMAIN}/shops/{shop.id}/orders")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill("a wrong pass phrase")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_text("do not match").wait_for()
    check_access(page)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    give_code(page, email)
    page.wait_for_url(f"http://console.{BASE_DOMAIN}/shops/{shop.id}/orders")
    for host, pages in (
        ("console", ("orders", "products", "import", "balance")),
        ("admin", ("", "failures", "books")),
    ):
        console = f"http://{host}.{BASE_DOMAIN}"
        for name in pages:
            path = f"/shops/{shop.id}/{name}" if host == "console" else f"/{name}"
            answer = page.goto(console + path)
            assert answer.status == 200, path
            check_access(page)
            no_sideways_scroll(page)
        if host == "console":
            page.goto(f"{console}/shops/{shop.id}/products")
            page.get_by_role("link", name="Lens necklace").click()
            page.get_by_label("In stock").last.fill("7")
            page.get_by_role("button", name="Save").click()
            page.get_by_text("Saved.").wait_for()
    context.close()

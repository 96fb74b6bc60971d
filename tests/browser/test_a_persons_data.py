"""A person's own pages in a real browser: 320 px, the keyboard, axe, each theme, three languages."""

import secrets

import pytest

from app.domains.accounts.people.queries import find_person_id
from app.domains.accounts.rules import Role
from app.foundation.database import directory_scope
from app.foundation.unit_of_work import unit_of_work
from tests.browser.test_buying_in_a_browser import check_access, no_sideways_scroll
from tests.browser.test_people_in_a_browser import sign_in
from tests.conftest import BASE_DOMAIN, open_shop
from tests.functional import journey, people
from tests.functional.signing_in import PASSWORD, make_person

pytestmark = pytest.mark.browser
MARKET = f"http://{BASE_DOMAIN}"


def look(page, address=""):
    if address:
        assert page.goto(address).status == 200, address
    page.wait_for_load_state()
    check_access(page)
    no_sideways_scroll(page)


def begin(page, email):
    page.goto(f"{MARKET}/en/sign-in")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{MARKET}/en/account")


@pytest.mark.parametrize(("kind", "width"), [("maker", 320), ("box", 1280), ("house", 320)])
def test_a_person_keeps_an_address_looks_at_their_data_and_changes_their_mind(
    platform, chromium, served, mails, kind, width
):
    shop = open_shop(f"{kind}-{secrets.token_hex(4)}", platform, kind=kind)
    email = make_person(name="Ada Buyer")
    with unit_of_work(directory_scope()) as unit:
        person_id = find_person_id(unit, email=email)
    context = chromium.new_context(viewport={"width": width, "height": 800}, locale="en-GB")
    page = context.new_page()
    begin(page, email)
    look(page, f"{MARKET}/en/account/addresses")
    page.get_by_role("link", name="Add an address").click()
    look(page)
    page.get_by_label("Country").select_option("US")
    page.wait_for_url("**country_code=US**")
    page.get_by_label("ZIP code").wait_for()
    assert "form_token" not in page.url
    page.get_by_label("Country").select_option("DE")
    page.wait_for_url("**country_code=DE**")
    page.get_by_label("Street and number").fill("Lindenstraße 5")
    page.get_by_label("Postcode").fill("1")
    page.get_by_label("Town or city").fill("Berlin")
    page.get_by_label("Town or city").press("Enter")
    look(page)
    page.get_by_label("Postcode").fill("10969")
    page.get_by_label("Postcode").press("Enter")
    page.get_by_text("Your addresses are up to date.").wait_for()
    look(page)
    look(page, f"{MARKET}/fr/account/privacy")
    look(page, f"{MARKET}/en/account/privacy/erase")
    page.get_by_role("button", name="Erase my account in seven days").press("Enter")
    page.get_by_role("button", name="Keep my account").wait_for()
    look(page)
    page.get_by_role("button", name="Keep my account").press("Enter")
    page.get_by_text("Your account stays as it is").wait_for()
    look(page, f"{MARKET}/de/cookies")
    store = f"http://{shop.slug}.{BASE_DOMAIN}"
    look(page, f"{store}/en/account")
    order_id, token = people.order_as(platform, shop, person_id, email=email)
    people.settling.send(shop, order_id)
    look(page, f"{store}/en/account")
    look(page, f"{store}/de/account/orders/{order_id}")
    look(page, f"{store}/fr/cookies")
    look(page, f"{MARKET}/en/account/privacy/erase")
    page.get_by_text("it must arrive").wait_for()
    variant = journey.variant_of(platform.shop_client(shop.slug), "tiny-stud")
    page.goto(f"{store}/en/products/tiny-stud")
    assert variant
    page.get_by_role("button", name="Add to basket").click()
    look(page, f"{store}/en/checkout")
    assert page.get_by_label("Street and number").input_value() == "Lindenstraße 5"
    assert not page.get_by_role("checkbox").is_checked()
    _, guests = people.order_as(platform, shop, None, email="guest@example.com")
    stranger = chromium.new_page(viewport={"width": width, "height": 800})
    look(stranger, f"{store}/en/orders/{guests}")
    stranger.get_by_role("link", name="Keep this order in an account").wait_for()
    stranger.close()
    context.close()
    assert token
    assert mails


@pytest.mark.parametrize("width", [320, 1280])
def test_a_shop_looks_at_its_customers(platform, chromium, served, shop, mails, width):
    person_id, email = people.make_person()
    people.order_as(platform, shop, person_id, email=email, name="A" * 60)
    owner = make_person((shop.id, Role.OWNER))
    context = chromium.new_context(viewport={"width": width, "height": 800}, locale="en-GB")
    page = context.new_page()
    base = f"http://console.{BASE_DOMAIN}/shops/{shop.id}/customers"
    sign_in(page, base, owner)
    look(page)
    page.get_by_role("link", name="A" * 60).click()
    look(page)
    look(page, f"{base}?q=nobody@example.com")
    context.close()
    assert mails

"""Every section of the consoles and of an account on a phone: axe, a name of its own, the way back."""

import pytest

from app.domains.accounts.memberships.operations import grant_role
from app.domains.accounts.people.queries import find_person_id
from app.domains.accounts.rules import PLATFORM, Role
from app.foundation.database import directory_scope
from app.foundation.unit_of_work import unit_of_work
from tests.browser.test_buying_in_a_browser import check_access, no_sideways_scroll
from tests.browser.test_people_in_a_browser import sign_in
from tests.conftest import BASE_DOMAIN
from tests.functional import settling
from tests.functional.signing_in import make_person

pytestmark = pytest.mark.browser
CONSOLE, ADMIN = f"http://console.{BASE_DOMAIN}/en", f"http://admin.{BASE_DOMAIN}/en"
ACCOUNT = f"http://{BASE_DOMAIN}/en/account"
SECTIONS = ("orders", "products", "import", "balance", "keys", "keys/new", "own-stock")
OF_PLATFORM = ("", "/failures", "/books")
OF_ACCOUNT = ("", "/sessions", "/keys/new", "/password", "/email")


def look(page, address):
    """Open a page of a phone; nobody stumbles, and its name in the browser is its heading."""
    assert page.goto(address).status == 200, address
    heading = page.locator("h1").evaluate("h1 => h1.firstChild.textContent.trim()")
    assert page.title().startswith(heading), (address, page.title())
    check_access(page)
    no_sideways_scroll(page)


def test_every_section_on_a_phone(platform, chromium, served, shop):
    order = settling.buy(platform, shop, quantity=1)
    owner = make_person((shop.id, Role.OWNER), (PLATFORM, Role.ADMIN), name="Olga Owner")
    context = chromium.new_context(viewport={"width": 320, "height": 700}, locale="en-GB")
    page, base = context.new_page(), f"{CONSOLE}/shops/{shop.id}"
    sign_in(page, f"{base}/keys", owner)
    for path in (*SECTIONS, f"orders/{order}", f"orders/{order}/refund"):
        look(page, f"{base}/{path}")
    make_a_key(page, f"{base}/keys/new", "See all products")
    choose_with_the_keyboard(page, base)
    for path in (*OF_PLATFORM, f"/shops/{shop.id}"):
        look(page, f"{ADMIN}{path}")
    for path in OF_ACCOUNT:
        look(page, f"{ACCOUNT}{path}")
    make_a_key(page, f"{ACCOUNT}/keys/new", "See the addresses")
    make_person((shop.id, Role.OWNER))  # the last owner stays
    supply(owner, shop)
    look(page, f"{base}/own-stock")
    page.get_by_label("In stock").first.wait_for()
    context.close()


def make_a_key(page, address, right):
    page.goto(address)
    page.get_by_role("textbox", name="Name").fill(
        "A name as long as it may be, which is sixty letters, or so it"
    )
    page.get_by_label(right).check()
    page.get_by_role("button", name="Make the key").press("Enter")
    page.locator("#key").wait_for()
    check_access(page)
    no_sideways_scroll(page)
    page.get_by_role("link", name="I have copied it").click()
    page.get_by_role("button", name="Withdraw").wait_for()
    check_access(page)
    no_sideways_scroll(page)


def choose_with_the_keyboard(page, base):
    """The sections wait behind one button, without a script; Escape puts them away."""
    page.goto(f"{base}/orders")
    button = page.get_by_role("button", name="Sections: Orders")
    assert not page.get_by_role("link", name="Approvals").is_visible()
    button.press("Enter")
    page.get_by_role("link", name="Approvals").wait_for()
    check_access(page)
    page.keyboard.press("Escape")
    assert not page.get_by_role("link", name="Approvals").is_visible()
    button.press("Enter")
    page.get_by_role("link", name="Approvals").press("Enter")
    page.wait_for_url("**/approvals")
    page.get_by_role("button", name="Sections: Approvals").wait_for()


def supply(email, shop):
    with unit_of_work(directory_scope()) as unit:
        person_id = find_person_id(unit, email=email)
        grant_role(
            unit, person_id=person_id, shop_id=shop.id, role=Role.SUPPLIER, supplies="Workshop"
        )

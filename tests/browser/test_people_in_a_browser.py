"""The pages about a shop's people in a real browser: 320 px, the keyboard, axe, three languages."""

import re

import pytest

from app.domains.accounts.rules import PLATFORM, Role
from tests.browser.test_buying_in_a_browser import check_access, no_sideways_scroll
from tests.conftest import BASE_DOMAIN, drain
from tests.functional.proving import give_code
from tests.functional.signing_in import PASSWORD, make_person

pytestmark = pytest.mark.browser
CONSOLE = f"http://console.{BASE_DOMAIN}"


def sign_in(page, address, email):
    page.goto(address)
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    give_code(page, email)
    page.wait_for_url(address)


def look(page):
    page.wait_for_load_state()
    check_access(page)
    no_sideways_scroll(page)


@pytest.mark.parametrize("width", [320, 1280])
def test_an_owner_invites_looks_as_and_hands_over(platform, chromium, served, shop, mails, width):
    owner = make_person((shop.id, Role.OWNER), name="Olga Owner")
    make_person((shop.id, Role.CATALOGUE), name="Carl Catalogue")
    context = chromium.new_context(viewport={"width": width, "height": 800}, locale="en-GB")
    page, people = context.new_page(), f"{CONSOLE}/shops/{shop.id}/people"
    sign_in(page, people, owner)
    look(page)
    name, leave = page.locator(".site-name"), page.get_by_role("button", name="Sign out")
    assert leave.bounding_box()["y"] < name.bounding_box()["y"] + 44, "beside the shop's name"
    page.get_by_label("E-mail").fill("nina@example.com")
    page.get_by_label("Role").select_option("orders")
    page.get_by_label("E-mail").press("Enter")
    page.get_by_text("The mail is on its way").wait_for()
    look(page)
    page.get_by_role("link", name="Carl Catalogue").click()
    look(page)
    page.goto(f"{CONSOLE}/shops/{shop.id}/roles")
    look(page)
    page.get_by_role("textbox", name="Name").fill("Front desk")
    page.get_by_label("See the shop's orders and the buyers' addresses in them.").check()
    page.get_by_role("button", name="Make the role").click()
    page.get_by_role("link", name="Front desk").click()
    look(page)
    page.goto(f"{CONSOLE}/shops/{shop.id}/approvals")
    look(page)
    page.goto(f"{CONSOLE}/shops/{shop.id}/rights")
    look(page)
    page.get_by_label("Role").select_option("catalogue")
    page.get_by_role("button", name="See it").press("Enter")
    page.get_by_text("You see the shop as: Catalogue").wait_for()
    look(page)
    page.get_by_role("button", name="Back to your own view").click()
    page.get_by_role("button", name="Offer the shop").click()
    page.get_by_text("You offered this shop to Carl Catalogue").wait_for()
    look(page)
    drain()
    (invitation,) = [mail for mail in mails if mail.to == "nina@example.com"]
    stranger = chromium.new_page(viewport={"width": width, "height": 800})
    stranger.goto(re.search(r"http\S+/invitations/\S+", invitation.text)[0])
    stranger.get_by_role("link", name="Sign in and accept").wait_for()
    look(stranger)
    stranger.close()
    context.close()


@pytest.mark.parametrize("language", ["en", "de", "fr"])
def test_the_platform_s_people_and_finances_tools(platform, chromium, served, shop, language):
    admin = make_person((PLATFORM, Role.ADMIN))
    make_person(
        (PLATFORM, Role.AUDITOR), name="Ada Auditor with a name of sixty characters or so, to see"
    )
    context = chromium.new_context(viewport={"width": 320, "height": 800}, locale="en-GB")
    page, base = context.new_page(), f"http://admin.{BASE_DOMAIN}"
    sign_in(page, f"{base}/people", admin)
    finance = ("approvals", "unanswered", "journals", f"journals/{shop.id}/new")
    for path in ("people", *finance):
        page.goto(f"{base}/{language}/{path}")
        look(page)
    page.locator('[name="kind"][value="charge"]').focus()
    page.keyboard.press("Space")
    page.locator('[name="amount"]').fill("12.00")
    page.locator('[name="reason"]').select_option("agreement")
    page.locator('[name="reference"]').fill("no number")
    page.keyboard.press("Enter")
    page.locator('[role="alert"]').wait_for()
    assert page.locator('[name="kind"][value="charge"]').is_checked(), "what was typed is kept"
    look(page)
    page.locator('[name="reference"]').fill("FIN-1")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/journals$"))
    page.locator("tbody a[href*='/journals/']").first.click()
    look(page)
    context.close()

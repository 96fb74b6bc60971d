"""A session that is lost in the middle of a form: the person signs in and finds what they wrote."""

import pytest

from app.domains.accounts.people.queries import find_person_id
from app.domains.accounts.rules import Role
from app.domains.accounts.sessions.operations.ending import end_all_sessions
from app.foundation.database import directory_scope
from app.foundation.unit_of_work import unit_of_work
from tests.browser.test_buying_in_a_browser import check_access, no_sideways_scroll
from tests.conftest import BASE_DOMAIN
from tests.functional.proving import give_code
from tests.functional.signing_in import PASSWORD, make_person

pytestmark = pytest.mark.browser


def sign_in_here(page, email: str) -> None:
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    if "/sign-in/second" in page.url:
        give_code(page, email)


@pytest.mark.parametrize("javascript", [True, False])
def test_what_was_written_is_there_after_signing_in_again(
    platform, chromium, served, shop, javascript
):
    email = make_person((shop.id, Role.OWNER))
    context = chromium.new_context(
        viewport={"width": 360, "height": 800}, java_script_enabled=javascript
    )
    page = context.new_page()
    page.goto(f"http://console.{BASE_DOMAIN}/shops/{shop.id}/products")
    sign_in_here(page, email)
    page.get_by_role("link", name="Lens necklace").click()
    product = page.url
    page.get_by_label("In stock").last.fill("4321")
    page.get_by_label("On sale").uncheck()
    with unit_of_work(directory_scope()) as unit:
        end_all_sessions(unit, person_id=find_person_id(unit, email=email))
    page.get_by_role("button", name="Save").click()
    assert page.url.startswith(f"http://{BASE_DOMAIN}/")
    sign_in_here(page, email)
    assert page.url == product
    page.get_by_text("Nothing is lost").wait_for()
    assert page.get_by_label("In stock").last.input_value() == "4321"
    assert not page.get_by_label("On sale").is_checked()
    if javascript:
        check_access(page)
        no_sideways_scroll(page)
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Saved.").wait_for()
    assert page.get_by_label("In stock").last.input_value() == "4321"
    context.close()


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_of_an_account_are_usable_by_everybody(platform, chromium, served, width, scheme):
    email = make_person(name="Ada Buyer")
    context = chromium.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme,
        base_url=f"http://{BASE_DOMAIN}",
    )  # fmt: skip
    page = context.new_page()
    for path in ("/en/sign-in", "/de/sign-up", "/fr/sign-in"):
        page.goto(path)
        check_access(page)
        no_sideways_scroll(page)
    page.goto("/en/account")
    sign_in_here(page, email)
    for path in ("/en/account", "/de/account/sessions", "/fr/account/email", "/en/prove"):
        answer = page.goto(path)
        assert answer.status == 200, path
        check_access(page)
        no_sideways_scroll(page)
    context.close()

"""A merchant writes their shop's profile in a real browser at 320 px, with the keyboard; axe looks."""

import pytest

from app.domains.accounts.rules import Role
from tests.browser.test_catalogue_by_hand import drawn
from tests.browser.test_people_in_a_browser import CONSOLE, look, sign_in
from tests.conftest import BASE_DOMAIN
from tests.functional.signing_in import make_person

pytestmark = pytest.mark.browser


def test_a_merchant_writes_who_they_are(platform, chromium, served, shop, tmp_path):
    owner = make_person((shop.id, Role.OWNER))
    context = chromium.new_context(viewport={"width": 320, "height": 800}, locale="en-GB")
    page, base, blocked = context.new_page(), f"{CONSOLE}/shops/{shop.id}/profile", []
    page.on("console", lambda told: blocked.append(told.text))
    sign_in(page, f"{CONSOLE}/shops/{shop.id}/orders", owner)
    page.get_by_text("Your shop has no imprint yet.").wait_for()
    look(page)
    page.get_by_role("link", name="Write the imprint").press("Enter")
    page.get_by_label("Full legal name").fill("Ada Brandt")
    page.get_by_label("Telephone").fill("call me")
    page.get_by_label("Telephone").press("Enter")
    page.get_by_text("Nothing was saved").wait_for()
    look(page)
    page.get_by_label("Telephone").fill("+49 3731 555010")
    page.get_by_role("button", name="Save").press("Enter")
    page.get_by_text("Saved. Buyers see it now.").wait_for()
    look(page)
    page.get_by_role("link", name="See it as a buyer").press("Enter")
    page.get_by_text("Ada Brandt").first.wait_for()
    look(page)
    (tmp_path / "wide.jpg").write_bytes(drawn(1))
    page.goto(f"{base}/pictures")
    page.set_input_files("#hero", tmp_path / "wide.jpg")
    page.get_by_label("What it shows (English)").first.fill("A ring of light")
    page.get_by_role("button", name="Save").press("Enter")
    page.get_by_text("Saved. Buyers see it now.").wait_for()
    look(page)
    page.goto(f"{base}/texts")
    page.locator("summary", has_text="Deutsch").press("Enter")
    page.get_by_label("Tagline (Deutsch)").fill("Von Hand gemacht")
    page.get_by_label("Tagline (Deutsch)").press("Enter")
    page.get_by_text("Saved. Buyers see it now.").wait_for()
    look(page)
    page.get_by_role("button", name="Undo the last change").first.press("Enter")
    page.get_by_text("It is as it was before").wait_for()
    look(page)
    page.goto(f"http://{shop.slug}.{BASE_DOMAIN}/de/")
    picture = page.get_by_alt_text("A ring of light")
    assert picture.evaluate("each => each.naturalWidth") > 0
    assert "Von Hand gemacht" not in page.content()
    assert [each for each in blocked if "Content Security Policy" in each] == []
    context.close()

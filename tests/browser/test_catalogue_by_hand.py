"""A merchant's product in a real browser at 320 px: made, with pictures, put into a collection."""

import io
import re

import pytest
from PIL import Image, ImageDraw

from app.domains.accounts.rules import Role
from tests.browser.test_people_in_a_browser import CONSOLE, look, sign_in
from tests.conftest import BASE_DOMAIN, drain
from tests.functional.signing_in import make_person
from tests.functional.test_pictures_by_hand import HEIC

pytestmark = pytest.mark.browser


def drawn(number: int) -> bytes:
    """Return a picture that is told from others at a glance."""
    made = Image.new("RGB", (1200, 900), (200 - 30 * number, 150 + 20 * number, 90 + 40 * number))
    ImageDraw.Draw(made).ellipse((300, 200, 900, 700), outline=(240, 240, 230), width=60)
    buffer = io.BytesIO()
    made.save(buffer, "JPEG")
    return buffer.getvalue()


def test_a_merchant_makes_a_product_with_pictures_and_a_collection(
    platform, chromium, served, shop, tmp_path
):
    owner = make_person((shop.id, Role.OWNER))
    context = chromium.new_context(viewport={"width": 320, "height": 800}, locale="en-GB")
    page, start = context.new_page(), f"{CONSOLE}/shops/{shop.id}/products/new"
    blocked = []
    page.on("console", lambda told: blocked.append(told.text))
    sign_in(page, start, owner)
    look(page)
    page.get_by_label("Title (English)").fill("Oak bowl")
    page.get_by_label("Text (English)").fill("Turned and oiled.")
    page.get_by_label("Price in EUR").first.fill("42.50")
    page.get_by_label("In stock").first.fill("2")
    page.get_by_label("In stock").first.press("Enter")
    page.get_by_text("The product is made").wait_for()
    look(page)
    files = [tmp_path / name for name in ("a.jpg", "b.jpg", "phone.heic")]
    for number, path in enumerate(files):
        path.write_bytes(HEIC if path.suffix == ".heic" else drawn(number))
    page.set_input_files("#files", files)
    page.get_by_text("This is a HEIC file").wait_for()
    look(page)
    page.get_by_role("button", name="Show what was added").press("Enter")
    page.get_by_text("Main picture", exact=True).wait_for()
    first, second = (page.locator("[data-picture]").nth(n) for n in range(2))
    ids = [each.get_attribute("data-picture") for each in (first, second)]
    second.get_by_label("What it shows (English)").fill("From above")
    second.get_by_role("button", name="Up").press("Enter")
    page.get_by_text("Saved.").wait_for()
    assert page.locator("[data-picture]").first.get_attribute("data-picture") == ids[1]
    page.locator("[data-picture] .thumb").nth(1).drag_to(page.locator("[data-picture]").first)
    page.wait_for_function(
        "id => document.querySelector('[data-picture]').dataset.picture === id", arg=ids[0]
    )
    look(page)
    page.goto(f"{CONSOLE}/shops/{shop.id}/collections/new")
    look(page)
    page.get_by_label("Name (English)").fill("Wood")
    page.get_by_label("Name (English)").press("Enter")
    page.get_by_label("Oak bowl").check()
    page.get_by_role("button", name="Put them in").press("Enter")
    page.get_by_role("button", name=re.compile("Take out")).wait_for()
    look(page)
    page.goto(f"{CONSOLE}/shops/{shop.id}/collections")
    look(page)
    drain()
    page.goto(f"http://{shop.slug}.{BASE_DOMAIN}/en/collections/wood")
    page.get_by_role("link", name="Oak bowl").click()
    assert page.get_by_alt_text("From above").evaluate("each => each.naturalWidth") > 0
    look(page)
    assert [each for each in blocked if "Content Security Policy" in each] == []
    context.close()

"""The challenge and the content policy's reports in a real browser."""

import logging
import threading
import time

import pytest
from werkzeug.serving import make_server

from app.faces.shared import reports
from app.foundation.ports import port, provide
from tests.browser.test_buying_in_a_browser import check_access, no_sideways_scroll
from tests.conftest import BASE_DOMAIN
from tests.functional.test_challenges import face_with_form
from tests.functional.test_pictures import shop_with_a_picture

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def site(platform):
    """A page with a form, on a host that browsers trust as they trust TLS."""
    configuration = platform.configuration.model_copy(update={"base_domain": "localhost"})
    server = make_server("127.0.0.1", 0, face_with_form(configuration), threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def production_rounds(platform):
    """As much work as in production."""
    from app.domains.accounts.challenges.ports import Challenge
    from app.gateways.challenges.work import ProofOfWork

    before = port(Challenge)
    rounds = type(platform.configuration).model_fields["challenge_rounds"].default
    provide(Challenge, ProofOfWork(platform.configuration.secret_keys, rounds=rounds))
    yield rounds
    provide(Challenge, before)


def watched(page):
    problems = []
    page.on(
        "console",
        lambda message: problems.append(message.text) if message.type != "log" else None,
    )
    page.on("pageerror", lambda error: problems.append(str(error)))
    return problems


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_challenge_answers_itself_while_the_person_writes(site, chromium, scheme):
    page = chromium.new_page(viewport={"width": 320, "height": 700}, color_scheme=scheme)
    problems = watched(page)
    page.goto(f"{site}/form")
    page.get_by_text("Checked: you are a person.").wait_for()
    check_access(page)
    no_sideways_scroll(page)
    page.get_by_label("E-mail").fill("ada@example.com")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("taken ada@example.com mail").wait_for()
    assert problems == []
    page.close()


def test_who_sends_the_form_sooner_waits_for_it(site, chromium, production_rounds):
    page = chromium.new_page()
    page.goto(f"{site}/form")
    began = time.monotonic()
    page.get_by_label("E-mail").fill("ada@example.com")
    page.get_by_role("button", name="Go on").click()
    page.get_by_text("taken ada@example.com mail").wait_for(timeout=30_000)
    print(f"{production_rounds} rounds took {time.monotonic() - began:.2f} s")
    page.close()


def test_without_javascript_a_sentence_says_what_to_do(site, chromium):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}/form")
    sentence = page.locator("noscript p")
    assert sentence.is_visible()
    assert "Please turn JavaScript on" in sentence.inner_text()
    context.close()


def test_a_picture_is_shown_from_its_own_host(platform, chromium, served):
    shop = shop_with_a_picture(platform)
    page = chromium.new_page()
    problems = watched(page)
    page.goto(f"http://{shop.slug}.{BASE_DOMAIN}/en/products/seen")
    page.wait_for_function("document.querySelector('main img')?.naturalWidth > 0")
    shown = page.evaluate("document.querySelector('main img').currentSrc")
    assert shown.startswith(f"http://media.{BASE_DOMAIN}/{shop.slug}/")
    assert problems == []
    page.goto(shown)
    assert page.evaluate("self.origin") == "null", "in a sandbox: an origin of nobody"
    page.close()


def test_a_browser_blocks_what_is_inline_and_reports_it_to_us(site, chromium, caplog):
    caplog.set_level(logging.WARNING, logger=reports.__name__)
    page = chromium.new_page()
    page.goto(f"{site}/inline?code=canary-7Qx")
    assert page.title() == "x", "blocked"
    deadline = time.monotonic() + 10
    while not told(caplog) and time.monotonic() < deadline:
        page.wait_for_timeout(50)
    (line,) = told(caplog)
    assert (line["directive"], line["blocked"], line["view"]) == (
        "script-src-elem",
        "inline",
        "inline",
    )
    assert "canary" not in str(line)
    page.close()


def told(caplog):
    return [r.msg for r in caplog.records if r.name == reports.__name__]

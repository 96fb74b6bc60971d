"""A real Chromium with a virtual authenticator: joins, adds a passkey, signs in by it, proves by it.

WebAuthn wants a secure context: TLS, or localhost. So the marketplace stands on localhost here.
"""

import re
import secrets
import threading
from datetime import timedelta

import pytest
from werkzeug.serving import make_server

from app.foundation.clock import clock
from tests.browser.test_buying_in_a_browser import check_access, no_sideways_scroll
from tests.conftest import drain
from tests.functional.proving import code_of

pytestmark = pytest.mark.browser
PASSWORD = "quiet harbours and long evenings"
DEVICE = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True,
    "hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip

NO_OFFERS = "PublicKeyCredential.isConditionalMediationAvailable = async () => false"


@pytest.fixture(scope="module")
def localhost(platform):
    """The marketplace on localhost, in front of the same databases."""
    from app.dispatcher import Dispatcher

    server = make_server("127.0.0.1", 0, platform.web, threaded=True)
    base = f"localhost:{server.server_port}"
    server.app = Dispatcher(platform.configuration.model_copy(update={"base_domain": base}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://{base}"
    server.shutdown()


@pytest.fixture
def page(chromium, localhost):
    context = chromium.new_context(
        base_url=localhost, viewport={"width": 320, "height": 800}, locale="en-GB"
    )
    page = context.new_page()
    page.set_default_timeout(8000)
    yield page
    context.close()
    clock.reset()


def plug_in(page):
    """Give the browser a device that keeps passkeys; return what speaks to it."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    return session, made["authenticatorId"]


def look(page):
    check_access(page)
    no_sideways_scroll(page)


def join(page, mails):
    """Make an account on the pages, with the link of the mail; return the address."""
    email = f"{secrets.token_hex(5)}@example.com"
    page.goto("/en/sign-up")
    page.fill("#name", "Ada Lovelace")
    page.fill("#email", email)
    page.fill("#password", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_selector("text=Look into your mail")
    drain()
    mail = next(mail for mail in reversed(mails) if mail.to == email)
    page.goto(re.search(r"(/en/sign-up/finish/[\w-]+)", mail.text)[1])
    page.click("text=Finish and sign in")
    page.wait_for_url(re.compile(r":\d+/en/account$"))
    return email


def keep_codes(page):
    """Take the codes along as a file, and by the clipboard."""
    shown = page.locator("ol.codes code").all_inner_texts()
    assert len(shown) == 10
    with page.expect_download() as kept:
        page.get_by_role("link", name="Download").press("Enter")
    assert kept.value.suggested_filename == "galleria-recovery-codes.txt"
    assert kept.value.path().read_text().split()[-10:] == shown
    page.get_by_role("button", name="Copy").press("Enter")
    page.get_by_text("Copied").wait_for()
    page.evaluate("document.querySelector('h1').append(document.createElement('textarea'))")
    page.locator("h1 textarea").press("Control+V")
    assert page.locator("h1 textarea").input_value().split() == shown


def test_joining_adding_a_passkey_signing_in_and_proving_by_it(page, mails):
    email = join(page, mails)
    cdp, device = plug_in(page)
    page.goto("/en/account/security")
    look(page)
    page.click("text=Add a passkey")
    page.wait_for_selector("text=Make the passkey")
    look(page)
    assert page.input_value("#name") != "", "the browser's own name is offered"
    page.fill("#name", "My phone")
    page.click("text=Make the passkey")
    page.wait_for_selector("ol.codes")
    look(page)
    keep_codes(page)
    assert len(cdp.send("WebAuthn.getCredentials", {"authenticatorId": device})["credentials"]) == 1
    page.click("text=I have kept them")
    page.wait_for_selector("text=My phone")
    look(page)
    page.click("text=Add a passkey")
    page.click("text=Make the passkey")
    page.wait_for_selector("text=This device has a passkey for your account already.")
    look(page)

    page.click("header >> text=Sign out")
    page.goto("/en/sign-in?next=/en/account/security")
    page.wait_for_url(lambda url: "/sign-in" not in url)
    assert "My phone" in page.content(), "offered in the field; this device says yes by itself"
    page.click("header >> text=Sign out")
    page.add_init_script(NO_OFFERS)
    page.goto("/en/sign-in?next=/en/account/security")
    page.wait_for_selector("text=Sign in with a passkey")
    look(page)
    page.click("text=Sign in with a passkey")
    page.wait_for_url(lambda url: "/sign-in" not in url)

    clock.move(timedelta(minutes=6))
    page.goto("/en/account/security/app")
    page.wait_for_url("**/prove?**")
    look(page)
    page.click("text=Use a passkey")
    page.wait_for_url(lambda url: "/prove" not in url)
    look(page)

    page.click("header >> text=Sign out")
    page.goto("/en/sign-in")
    page.fill("#email", email)
    page.fill("#password", PASSWORD)
    page.click("main form[data-once] button")
    page.wait_for_url("**/sign-in/second?**")
    look(page)
    page.click("text=Use a passkey")
    page.wait_for_url(re.compile(r":\d+/en/account$"))


def test_a_device_that_does_not_answer_leaves_the_other_ways(page, mails):
    email = join(page, mails)
    cdp, device = plug_in(page)
    page.goto("/en/account/security/passkeys/new")
    page.click("text=Make the passkey")
    page.wait_for_selector("ol.codes")
    code = page.query_selector("ol.codes code").inner_text()
    page.click("header >> text=Sign out")
    cdp.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    page.goto("/en/sign-in")
    page.click("text=Sign in with a passkey")
    page.wait_for_selector("[data-passkey-error]:not([hidden])")
    look(page)
    page.fill("#email", email)
    page.fill("#password", PASSWORD)
    page.click("main form[data-once] button")
    page.wait_for_url("**/sign-in/second?**")
    page.fill("#code", code)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r":\d+/en/account$"))


def test_an_app_and_a_reset_at_320_pixels_in_german(page, mails):
    email = join(page, mails)
    page.goto("/de/account/security/app")
    look(page)
    secret = page.inner_text(".typed-key").replace(" ", "")
    page.fill("#code", code_of(secret))
    page.keyboard.press("Enter")
    page.wait_for_selector("ol.codes")
    page.goto("/de/account/password")
    look(page)
    page.goto("/de/reset")
    look(page)
    page.fill("#email", email)
    page.keyboard.press("Enter")
    page.wait_for_selector("text=E-Mail")
    drain()
    mail = next(mail for mail in reversed(mails) if "/reset/" in mail.text)
    page.goto(re.search(r"(/\w\w/reset/[\w-]+)", mail.text)[1])
    look(page)
    page.fill("#password", "kurz")
    page.fill("#code", "000000")
    page.keyboard.press("Enter")
    page.wait_for_selector(".field .error")
    look(page)


def test_without_javascript_the_pages_say_what_to_do(chromium, localhost, page, mails):
    join(page, mails)
    plain = chromium.new_context(base_url=localhost, java_script_enabled=False)
    plain.add_cookies(page.context.cookies())
    still = plain.new_page()
    still.goto("/en/account/security/passkeys/new")
    assert "An authenticator app works without" in still.inner_text("main")
    assert not still.is_visible("text=Make the passkey")
    still.goto("/en/account/security/app")
    assert still.is_visible(".qr svg")
    plain.close()

"""Passkeys, an app, recovery codes: set up on the pages, asked for at sign-in, told by mail."""

import re
import secrets
from datetime import timedelta

import pytest

from app.domains.accounts.rules import PLATFORM, Role
from app.foundation.clock import clock
from tests.conftest import BASE_DOMAIN, drain
from tests.functional.proving import (
    add_passkey,
    code_of,
    codes_of,
    new_device,
    set_up_app,
    token_of,
    use_passkey,
)
from tests.functional.signing_in import PASSWORD, make_person, sign_in, try_password

SECURITY = "/en/account/security"


@pytest.fixture
def email(platform):
    return make_person()


@pytest.fixture
def client(platform, email):
    return sign_in(platform.web, BASE_DOMAIN, email)


@pytest.fixture(autouse=True)
def clock_as_it_was():
    yield
    clock.reset()


def password_step(platform, email, password=PASSWORD, client=None):
    """Give address and password in a browser; return it and the answer."""
    client = client or platform.client(BASE_DOMAIN)
    return client, try_password(client, email, password)


def is_signed_in(client):
    return client.get(SECURITY).status_code == 200


def subjects(mails, email):
    drain()
    return [mail.subject for mail in mails if mail.to == email]


def test_an_app_is_set_up_asked_for_and_told(platform, client, email, mails):
    assert "Your password alone does not open" not in client.get(SECURITY).text
    secret, done = set_up_app(client)
    assert done.status_code == 200
    assert len(codes_of(done.text)) == 10
    assert "no-store" in done.headers["Cache-Control"]
    page = client.get(SECURITY).text
    assert "Your password alone does not open" in page
    assert "Codes left: 10" in page
    again, asked = password_step(platform, email)
    assert (asked.status_code, asked.location) == (
        303, "/en/sign-in/second?next=/en/account",
    )  # fmt: skip
    assert not is_signed_in(again), "the password alone opens nothing"
    wrong = again.post("/en/sign-in/second", {"code": "zzzz-zzzz-zzzz"})
    assert wrong.status_code == 422
    assert "That code is not right" in wrong.text
    code = code_of(secret)
    right = again.post("/en/sign-in/second", {"code": code, "next": "/en/account/security"})
    assert (right.status_code, right.location) == (303, "/en/account/security")
    assert is_signed_in(again)
    other, _ = password_step(platform, email)
    assert other.post("/en/sign-in/second", {"code": code}).status_code == 422, "each code once"
    told = subjects(mails, email)
    assert "An authenticator app was set up for your account" in told
    assert "New recovery codes for your account" in told


def test_a_code_that_is_wrong_keeps_the_secret_on_the_page(client):
    page = client.get(f"{SECURITY}/app").text
    assert "<svg" in page
    assert "data:" not in page
    answer = client.post(f"{SECURITY}/app", {**token_of(page), "code": "000000 "})
    assert answer.status_code == 422
    shown = page.split('class="typed-key"')[1][:80]
    assert shown in answer.text, "the app that scanned it stays right"


def test_a_recovery_code_opens_once_and_is_told(platform, client, email, mails):
    _, done = set_up_app(client)
    code = codes_of(done.text)[3]
    browser, _ = password_step(platform, email)
    assert browser.post("/en/sign-in/second", {"code": code.upper()}).status_code == 303
    assert "Codes left: 9" in browser.get(SECURITY).text
    other, _ = password_step(platform, email)
    assert other.post("/en/sign-in/second", {"code": code}).status_code == 422
    assert "A recovery code was used" in subjects(mails, email)
    assert any("Codes left: 9" in mail.text for mail in mails)
    fresh = browser.post(f"{SECURITY}/codes", token_of(browser.get(SECURITY).text))
    assert len(set(codes_of(fresh.text)) - set(codes_of(done.text))) == 10


def test_the_second_step_ends_after_ten_minutes_and_leads_back(platform, client, email):
    secret, _ = set_up_app(client)
    browser, _ = password_step(platform, email)
    clock.move(timedelta(minutes=10, seconds=1))
    for answer in (
        browser.get("/en/sign-in/second"),
        browser.post("/en/sign-in/second", {"code": code_of(secret)}),
        platform.client(BASE_DOMAIN).get("/en/sign-in/second"),
    ):
        assert answer.status_code == 303
        assert answer.location.startswith("/en/sign-in?")
    assert "Signing in took too long" in browser.get("/en/sign-in").text


def test_a_passkey_signs_in_alone_as_second_step_and_proves(platform, client, email, mails):
    device = new_device()
    done = add_passkey(client, device, "My phone")
    assert len(codes_of(done.text)) == 10, "the first factor brings recovery codes"
    assert add_passkey(client, new_device(), "Key").status_code == 303
    page = client.get(SECURITY).text
    assert "My phone" in page
    assert "Key" in page
    alone = platform.client(BASE_DOMAIN)
    assert use_passkey(alone, device, "/en/sign-in/passkey").status_code == 303
    assert is_signed_in(alone)
    second, asked = password_step(platform, email)
    assert "/sign-in/second" in asked.location
    assert 'data-passkey="get"' in second.get("/en/sign-in/second").text
    assert use_passkey(second, device, "/en/sign-in/second/passkey").status_code == 303
    assert is_signed_in(second)
    clock.move(timedelta(minutes=6))
    led = second.get(f"{SECURITY}/app")
    assert (led.status_code, "/prove?" in led.location) == (303, True)
    page = second.get("/en/prove").text
    proved = use_passkey(
        second, device, "/en/prove/passkey", **token_of(page), to=BASE_DOMAIN,
        next=f"{SECURITY}/app",
    )  # fmt: skip
    assert proved.location == f"http://{BASE_DOMAIN}{SECURITY}/app"
    assert second.get(f"{SECURITY}/app").status_code == 200
    assert subjects(mails, email).count("A passkey was added to your account") == 2
    history = second.get("/en/account/sessions").text
    assert "with a passkey" in history


def test_passkeys_are_renamed_and_removed_by_their_owner_alone(platform, client, email, mails):
    add_passkey(client, new_device(), "Old name")
    page = client.get(SECURITY).text
    path = re.search(r'action="([^"]+)/remove"', page)[1]
    form = token_of(page)
    renamed = client.post(f"{path}/name", {**form, "name": "  <b>New</b> "})
    assert renamed.status_code == 303
    page = client.get(SECURITY).text
    assert "&lt;b&gt;New&lt;/b&gt;" in page
    stranger = sign_in(platform.web, BASE_DOMAIN, make_person())
    theirs = token_of(stranger.get("/en/account").text)
    assert stranger.post(f"{path}/name", {**theirs, "name": "x"}).status_code == 404
    assert stranger.post(f"{path}/remove", theirs).status_code == 404
    assert client.post(f"{path}/remove", form).status_code == 303
    assert "Your password alone does not open" not in client.get(SECURITY).text
    assert "A passkey was removed from your account" in subjects(mails, email)


def test_proving_by_code_and_by_password(platform, client, email):
    secret, _ = set_up_app(client)
    clock.move(timedelta(minutes=6))
    form = token_of(client.get("/en/prove").text) | {"to": BASE_DOMAIN, "next": SECURITY}
    assert client.post("/en/prove/code", {**form, "code": "000000"}).status_code == 422
    assert client.post("/en/prove/code", {**form, "code": code_of(secret)}).status_code == 303
    assert client.get(f"{SECURITY}/app").status_code == 200
    clock.move(timedelta(minutes=6))
    assert client.get(f"{SECURITY}/app").status_code == 303
    assert client.post("/en/prove", {**form, "password": PASSWORD}).status_code == 303
    assert client.get(f"{SECURITY}/app").status_code == 200


def test_changing_the_password_signs_other_browsers_out_and_is_told(platform, client, email, mails):
    other = sign_in(platform.web, BASE_DOMAIN, email)
    form = token_of(client.get("/en/account/password").text)
    path, new = "/en/account/password", "quiet harbours and long evenings"
    wrong = client.post(path, {**form, "current": "not this one", "password": new})
    assert "not your present password" in wrong.text
    short = client.post(path, {**form, "current": PASSWORD, "password": "short"})
    assert (short.status_code, "at least 15 characters" in short.text) == (422, True)
    named = client.post(path, {**form, "current": PASSWORD, "password": f"Galleria {email}"})
    assert "little more than our name" in named.text
    assert client.post(path, {**form, "current": PASSWORD, "password": new}).status_code == 303
    assert is_signed_in(client)
    assert not is_signed_in(other)
    assert password_step(platform, email)[1].status_code == 422
    assert password_step(platform, email, new)[1].status_code == 303
    assert "Your password was changed" in subjects(mails, email)


def test_eight_characters_are_enough_with_a_second_factor(client):
    set_up_app(client)
    page = client.get("/en/account/password").text
    assert "At least 8 characters" in page
    form = {**token_of(page), "current": PASSWORD, "password": "vWq7Lpz2"}
    assert client.post("/en/account/password", form).status_code == 303


def test_an_attacker_does_not_lock_the_owner_out(platform, client, email):
    """SEC-009: five tries from unknown devices; the owner's device has a counter of its own."""
    device = new_device()
    add_passkey(client, device)
    attacker = platform.client(BASE_DOMAIN)
    guesses = [
        password_step(platform, email, f"guess number {n} of many", attacker)[1] for n in range(7)
    ]
    assert [guess.status_code for guess in guesses] == [422] * 5 + [429] * 2
    assert guesses[-1].headers["Retry-After"] == "900"
    assert password_step(platform, email, PASSWORD, attacker)[1].status_code == 429
    _, owner = password_step(platform, email, client=client)
    assert "/sign-in/second" in owner.location, "a known device still gets in"
    stranger = platform.client(BASE_DOMAIN)
    assert use_passkey(stranger, device, "/en/sign-in/passkey").status_code == 303
    assert is_signed_in(stranger), "a passkey is never blocked"
    unknown = f"{secrets.token_hex(6)}@example.com"
    answers = [password_step(platform, unknown, "a guess", attacker)[1] for _ in range(6)]
    assert [answer.status_code for answer in answers] == [422] * 5 + [429]


def test_wrong_codes_are_counted_too(platform, client, email):
    secret, _ = set_up_app(client)
    attacker, _ = password_step(platform, email)
    codes = [attacker.post("/en/sign-in/second", {"code": f"00000{n}"}) for n in range(6)]
    assert [code.status_code for code in codes] == [422] * 5 + [429]
    assert attacker.post("/en/sign-in/second", {"code": code_of(secret)}).status_code == 429
    _, asked = password_step(platform, email, client=client)
    assert asked.status_code == 303
    assert client.post("/en/sign-in/second", {"code": code_of(secret)}).status_code == 303


@pytest.mark.parametrize("credential", ["", "{}", "[]", "\x00", "x" * 30_000, '{"id":1}'])
def test_nonsense_for_a_passkey_is_refused_in_words(platform, client, credential):
    stranger = platform.client(BASE_DOMAIN)
    stranger.post("/en/sign-in/passkey/options")
    answer = stranger.post("/en/sign-in/passkey", {"credential": credential})
    assert answer.status_code == 422
    assert "That passkey could not be checked" in answer.text
    form = token_of(client.get(f"{SECURITY}/passkeys/new").text)
    answer = client.post(f"{SECURITY}/passkeys/new", {**form, "credential": credential})
    assert answer.status_code == 422


@pytest.mark.parametrize(("language", "words"), [("de", "Sicherheit"), ("fr", "Sécurité")])
def test_the_pages_speak_other_languages(client, language, words):
    assert f"<h1>{words}</h1>" in client.get(f"/{language}/account/security").text


def test_whoever_has_a_role_sets_a_second_factor_up_before_a_console_opens(platform, shop):
    email = make_person((shop.id, Role.ORDERS), has_app=False)
    host, path = f"console.{BASE_DOMAIN}", f"/shops/{shop.id}/orders"
    console = sign_in(platform.web, host, email)
    for page in ("/", path):
        led = console.get(page)
        assert led.status_code == 303
        assert led.location.startswith(f"http://{BASE_DOMAIN}/account/security?to={host}&next=")
    form = {"quantity": "1"}
    assert console.post(f"{path}/{secrets.token_hex(16)}/shipments", form).status_code in {303, 404}
    market = sign_in(platform.web, BASE_DOMAIN, email)
    page = market.get(led.location.removeprefix(f"http://{BASE_DOMAIN}")).text
    assert "needs a second factor" in page
    onward = re.search(r'href="(/account/security/app\?[^"]+)"', page)[1].replace("&amp;", "&")
    assert market.get(onward).status_code == 200
    _, done = set_up_app(market, to=host, next=path)
    assert f'href="http://{host}{path}"' in done.text, "back to where they were"
    assert console.get(path).status_code == 200


def test_a_buyer_is_asked_for_nothing(platform, client, shop):
    assert client.get("/en/account").status_code == 200
    assert platform.shop_client(shop.slug).get("/en/").status_code == 200


def test_a_role_without_a_second_factor_opens_no_admin_page(platform):
    email = make_person((PLATFORM, Role.ADMIN), has_app=False)
    admin = sign_in(platform.web, f"admin.{BASE_DOMAIN}", email)
    for page in ("/", "/books", "/failures"):
        assert "/account/security?" in admin.get(page).location

"""A new password by a link: one hour, once, told, and not around the second factor."""

import re
import secrets
from datetime import timedelta

import pytest

from app.foundation.clock import clock
from tests.conftest import BASE_DOMAIN, drain
from tests.functional.proving import (
    add_passkey,
    code_of,
    codes_of,
    new_device,
    set_up_app,
)
from tests.functional.signing_in import PASSWORD, make_person, sign_in, try_password

NEW = "quiet harbours and long evenings"


@pytest.fixture(autouse=True)
def clock_as_it_was():
    yield
    clock.reset()


@pytest.fixture
def email(platform):
    return make_person()


@pytest.fixture
def stranger(platform):
    return platform.client(BASE_DOMAIN)


def ask(stranger, mails, email):
    """Ask for a link; return the path of the one that was mailed, if one was."""
    answer = stranger.post("/en/reset", {"email": email})
    assert answer.status_code == 200
    before = len(mails)
    drain()
    found = [re.search(r"(/en/reset/[\w-]+)", mail.text) for mail in mails[before:]]
    return next((match[1] for match in found if match), None)


def may_sign_in(platform, email, password):
    return try_password(platform.client(BASE_DOMAIN), email, password).status_code == 303


def test_a_link_sets_a_new_password_once(platform, stranger, email, mails):
    other = sign_in(platform.web, BASE_DOMAIN, email)
    path = ask(stranger, mails, email.upper())
    page = stranger.get(path)
    assert page.status_code == 200
    assert 'name="code"' not in page.text
    short = stranger.post(path, {"password": "short"})
    assert (short.status_code, "at least 15 characters" in short.text) == (422, True)
    done = stranger.post(path, {"password": NEW})
    assert (done.status_code, done.location) == (303, "/en/sign-in")
    assert other.get("/en/account").status_code == 303, "every browser is signed out"
    assert not may_sign_in(platform, email, PASSWORD)
    assert may_sign_in(platform, email, NEW)
    for answer in (stranger.get(path), stranger.post(path, {"password": NEW})):
        assert answer.status_code == 410
        assert "Ask for a new link" in answer.text
    drain()
    assert "Your password was changed" in [mail.subject for mail in mails if mail.to == email]


def test_a_link_ends_after_an_hour(stranger, email, mails):
    path = ask(stranger, mails, email)
    clock.move(timedelta(hours=1, seconds=1))
    assert stranger.get(path).status_code == 410
    assert stranger.post(path, {"password": NEW}).status_code == 410


def test_an_unknown_address_gets_the_same_answer_and_no_mail(stranger, email, mails):
    unknown = f"{secrets.token_hex(6)}@example.com"
    known, other = (stranger.post("/en/reset", {"email": each}) for each in (email, unknown))
    assert known.text.replace(email, "") == other.text.replace(unknown, "")
    drain()
    assert {mail.to for mail in mails} & {email, unknown} == {email}


def test_the_token_stands_nowhere_but_in_the_mail(platform, stranger, email, mails):
    import psycopg

    token = ask(stranger, mails, email).rpartition("/")[2]
    with psycopg.connect(platform.server.directory) as connection:
        tables = connection.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'directory'"
        ).fetchall()
        for (table,) in tables:
            rows = connection.execute(f"SELECT t::text FROM directory.{table} t").fetchall()
            assert not [row for row in rows if token in row[0]], table


def test_the_second_factor_is_asked_before_the_password_counts(platform, stranger, email, mails):
    secret, done = set_up_app(sign_in(platform.web, BASE_DOMAIN, email))
    path = ask(stranger, mails, email)
    page = stranger.get(path).text
    assert 'name="code"' in page
    assert "At least 8 characters" in page
    without = stranger.post(path, {"password": NEW})
    assert (without.status_code, "protected by a second factor" in without.text) == (422, True)
    wrong = stranger.post(path, {"password": NEW, "code": "zzzz-zzzz-zzzz"})
    assert (wrong.status_code, "That code is not right" in wrong.text) == (422, True)
    assert not may_sign_in(platform, email, NEW)
    assert stranger.post(path, {"password": NEW, "code": code_of(secret)}).status_code == 303
    assert may_sign_in(platform, email, NEW)
    path = ask(stranger, mails, email)
    form = {"password": "vWq7Lpz2", "code": codes_of(done.text)[0]}
    assert stranger.post(path, form).status_code == 303, "a recovery code counts too"


def test_a_passkey_counts_as_the_second_factor(platform, stranger, email, mails):
    device = new_device()
    add_passkey(sign_in(platform.web, BASE_DOMAIN, email), device)
    path = ask(stranger, mails, email)
    assert 'data-passkey="get"' in stranger.get(path).text
    assert use_passkey_here(stranger, device, path).status_code == 303
    assert may_sign_in(platform, email, NEW)


def use_passkey_here(stranger, device, path):
    options = stranger.post(f"{path}/options")
    assert options.status_code == 200
    return stranger.post(path, {"password": NEW, "credential": device.get(options.text)})


def test_codes_are_counted_at_the_link_too(platform, stranger, email, mails):
    secret, _ = set_up_app(sign_in(platform.web, BASE_DOMAIN, email))
    path = ask(stranger, mails, email)
    codes = [stranger.post(path, {"password": NEW, "code": f"00000{n}"}) for n in range(6)]
    assert [answer.status_code for answer in codes] == [422] * 5 + [429]
    assert stranger.post(path, {"password": NEW, "code": code_of(secret)}).status_code == 429
    short = stranger.post(path, {"password": "x", "code": code_of(secret)})
    assert short.status_code == 429


@pytest.mark.parametrize("token", ["x", "a" * 500, "%00", "ä", "..%5c"])
def test_other_texts_are_no_links(stranger, token):
    assert stranger.get(f"/en/reset/{token}").status_code in {404, 410}
    assert stranger.post(f"/en/reset/{token}", {"password": NEW}).status_code in {404, 410}
    assert stranger.post(f"/en/reset/{token}/options").status_code in {404, 410}

"""A form with a challenge, without JavaScript's help: offered, answered, counted once."""

import secrets

import pytest
from flask import render_template_string, request

from app.domains.accounts.challenges.queries import is_challenge_due
from app.domains.accounts.challenges.rules import Purpose
from app.domains.accounts.factors.operations.failures import begin_attempt, source_of
from app.domains.accounts.factors.rules import Step
from app.faces.shared.access import public
from app.faces.shared.application import make_face
from app.faces.shared.challenges import check_challenge, offer_challenge
from app.foundation.database import directory_scope
from app.foundation.ports import port, provide
from app.foundation.sealing import email_indexes
from app.foundation.unit_of_work import unit_of_work
from tests.conftest import BASE_DOMAIN, HostClient
from tests.functional.challenges import solve
from tests.functional.signing_in import PASSWORD, make_person

PAGE = """
{% extends "console_frame.html" %}
{% from "components/challenge.html" import challenge %}
{% block content %}<div class="narrow"><h1>Sign up</h1>
<form method="post" data-once>
<label for="email">E-mail</label><input id="email" name="email" value="{{ request.form.get('email', '') }}">
{{ challenge(offered) }}<button type="submit" class="button" name="way" value="mail">Go on</button>
</form></div>{% endblock %}
"""


def face_with_form(configuration):
    """Return the marketplace's face with a form of a test's own."""
    app = make_face("marketplace", configuration)

    @app.get("/form")
    @public
    def ask() -> str:
        return render_template_string(PAGE, offered=offer_challenge(Purpose.SIGN_UP))

    @app.post("/form")
    @public
    def take() -> str:
        check_challenge(Purpose.SIGN_UP)
        return f"taken {request.form['email']} {request.form['way']}"

    @app.get("/inline")
    @public
    def inline() -> str:
        return "<!doctype html><title>x</title><script>document.title = 'ran'</script>"

    return app


@pytest.fixture(scope="module")
def client(platform):
    return HostClient(face_with_form(platform.configuration), BASE_DOMAIN)


def test_a_form_is_taken_with_a_right_answer_and_only_once(client):
    page = client.get("/form").text
    answer = {"email": "ada@example.com", "way": "mail", **solve(page)}
    assert client.post("/form", answer).text == "taken ada@example.com mail"
    again = client.post("/form", answer)
    assert again.status_code == 422
    assert "could not check" in again.text


@pytest.mark.parametrize("answer", [{}, {"challenge": ""}, {"challenge": "x"}])
def test_a_form_without_an_answer_is_refused(client, answer):
    assert client.post("/form", {"email": "", "way": "", **answer}).status_code == 422


def test_without_javascript_a_sentence_says_what_to_do(client):
    page = client.get("/form").text
    assert "<noscript>" in page
    assert "JavaScript" in page.split("<noscript>")[1].split("</noscript>")[0]
    assert ' style="' not in page


def test_turnstile_s_page_may_load_and_frame_it_and_no_other(platform):
    from app.domains.accounts.challenges.ports import Challenge
    from app.gateways.challenges.turnstile import Turnstile

    client, before = (
        HostClient(face_with_form(platform.configuration), BASE_DOMAIN),
        port(Challenge),
    )
    provide(Challenge, Turnstile(site_key="0x-site", secret_keys=("s",), url="http://127.0.0.1:9/"))
    try:
        page = client.get("/form")
    finally:
        provide(Challenge, before)
    assert 'data-sitekey="0x-site"' in page.text
    assert 'data-action="sign_up"' in page.text
    policy = page.headers["Content-Security-Policy"]
    assert "script-src 'self' https://challenges.cloudflare.com" in policy
    assert "frame-src https://challenges.cloudflare.com" in policy
    assert "cloudflare" not in client.get("/nothing").headers["Content-Security-Policy"]


def fail(address: str, email: str) -> None:
    with unit_of_work(directory_scope()) as unit:
        begin_attempt(
            unit, step=Step.PASSWORD, account_indexes=email_indexes(email), source=source_of(address),
            device_hash=None,
        )  # fmt: skip


def is_due(address: str, email: str) -> bool:
    with unit_of_work(directory_scope()) as unit:
        return is_challenge_due(
            unit, source=source_of(address), account_indexes=email_indexes(email)
        )


def test_a_sign_in_asks_after_two_failures_of_the_account_or_from_the_address(platform):
    somebody, other = (f"{secrets.token_hex(4)}@example.com" for _ in range(2))
    here, there = "198.51.100.7", "203.0.113.9"
    fail(here, somebody)
    assert not is_due(here, somebody)
    fail(here, somebody)
    assert is_due(here, somebody)
    assert is_due(there, somebody), "the account's, whether it exists or not"
    assert is_due(here, other), "the address's"
    assert not is_due(there, other)


def try_password(market: HostClient, email: str, password: str, **more: str):
    return market.post("/en/sign-in", {"email": email, "password": password, **more})


def test_signing_in_after_two_failures_asks_for_work_but_never_on_a_known_device(platform):
    email = make_person()
    known, stranger, other = (platform.client(BASE_DOMAIN) for _ in range(3))
    assert try_password(known, email, PASSWORD).status_code == 303
    for _ in range(2):
        assert "data-challenge" not in stranger.get("/en/sign-in").text
        assert try_password(stranger, email, "wrong").status_code == 422
    page = stranger.get("/en/sign-in").text
    assert "data-challenge" in page
    assert "15 minutes" in page.split("<noscript>")[1]
    refused = try_password(stranger, email, PASSWORD)
    assert refused.status_code == 422
    assert "could not check" in refused.text
    assert email in refused.text, "what was typed stays"
    assert try_password(other, email, PASSWORD).status_code == 422, "the account's failures"
    known.post("/en/sign-out", {"form_token": ""})
    assert try_password(known, email, PASSWORD).status_code == 303, "not its owner's trouble"
    answer = solve(stranger.get("/en/sign-in").text)
    assert try_password(stranger, email, "wrong again", **answer).status_code == 422
    spent = try_password(stranger, email, PASSWORD, **answer)
    assert "could not check" in spent.text, "an answer counts once"
    answer = solve(stranger.get("/en/sign-in").text)
    assert try_password(stranger, email, PASSWORD, **answer).status_code == 303


def test_a_missing_account_is_asked_just_the_same(platform):
    market, email = platform.client(BASE_DOMAIN), f"{secrets.token_hex(6)}@example.com"
    for _ in range(2):
        try_password(market, email, "wrong")
    elsewhere = platform.client(BASE_DOMAIN)
    assert "data-challenge" in elsewhere.get(f"/en/sign-in?email={email}").text

"""Every secret of the configuration is a list: changed without a pause, two valid at a time (SEC-008).

Each time: made under the old secret, good while both are given, refused once the old one is gone.
"""

import json
import re
import secrets
import time

import pytest

from app.dispatcher import Dispatcher
from app.domains.payments.ports import WebhookReader
from app.foundation.ports import port, provide
from app.gateways.stripe.webhooks import StripeWebhooks
from tests.conftest import BASE_DOMAIN
from tests.functional.signing_in import make_person, sign_in
from tests.simulators.stripe.webhooks import signature

OLD, NEW = secrets.token_hex(32), secrets.token_hex(32)


@pytest.fixture(scope="module")
def releases(platform):
    """The web before, during and after a change of the secret that signs."""
    return {
        name: Dispatcher(platform.configuration.model_copy(update={"secret_keys": keys}))
        for name, keys in {"before": (OLD,), "during": (NEW, OLD), "after": (NEW,)}.items()
    }


@pytest.fixture
def person(releases):
    """A browser that signed in before the change."""
    return sign_in(releases["before"], BASE_DOMAIN, make_person())


def use(client, web):
    client._client.application = web
    return client


def written_form(client, name):
    token = re.search(r'name="form_token" value="([0-9a-f]+)"', client.get("/en/account").text)
    return {"form_token": token[1], "name": name, "language": "en", "currency": "EUR"}


def test_a_session_outlives_the_change(person, releases):
    for web in releases.values():
        assert use(person, web).get("/en/account").status_code == 200


def test_a_form_that_was_open_is_taken_until_the_old_secret_goes(person, releases):
    form = written_form(person, "During")
    assert use(person, releases["during"]).post("/en/account", form).status_code == 303
    fresh = written_form(person, "After")
    assert fresh["form_token"] != form["form_token"]
    use(person, releases["after"])
    assert person.post("/en/account", form).status_code == 403
    assert person.post("/en/account", fresh).status_code == 303


@pytest.mark.parametrize(("then", "is_shown"), [("during", True), ("after", False)])
def test_a_notice_in_the_signed_cookie_is_read_until_the_old_secret_goes(
    person, releases, then, is_shown
):
    assert person.post("/en/account", written_form(person, "Ada")).status_code == 303
    page = use(person, releases[then]).get("/en/account").text
    assert ("Your profile is saved." in page) is is_shown


def test_webhooks_signed_with_either_secret_are_taken(platform):
    old, new = "whsec_old_secret", "whsec_new_secret"
    before = port(WebhookReader)

    def answers(given):
        provide(WebhookReader, StripeWebhooks(given))
        return [send(platform, secret) for secret in (old, new)]

    try:
        assert answers((old,)) == [200, 400]
        assert answers((new, old)) == [200, 200]
        assert answers((new,)) == [400, 200]
    finally:
        provide(WebhookReader, before)


def send(platform, secret):
    event = {"id": f"evt_{secrets.token_hex(8)}", "type": "ping", "data": {"object": {"id": "x"}}}
    body = json.dumps(event).encode()
    headers = {"Stripe-Signature": signature(body, secret, int(time.time()))}
    return (
        platform.client(BASE_DOMAIN)
        .post("/webhooks/stripe", data=body, content_type="application/json", headers=headers)
        .status_code
    )

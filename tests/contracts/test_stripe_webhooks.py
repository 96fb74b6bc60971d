"""Events and webhooks of the stand-in, and its faults: what is told, to whom, how often."""

import time

import pytest
import requests
import stripe

from tests.contracts import stripe_steps as steps
from tests.contracts.conftest import SECRET, client_of


def settle(stand_in):
    assert stand_in.sender.wait_until_idle(10)


# -- events


def test_what_happened_is_told_in_order_and_listed(sdk, stand_in, listener):
    paid = steps.captured(sdk)
    sdk.v1.refunds.create(params={"payment_intent": paid.id})
    settle(stand_in)
    listed = list(sdk.v1.events.list(params={"limit": 100}).auto_paging_iter())
    assert [event.type for event in reversed(listed)] == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.amount_capturable_updated",
        "charge.captured",
        "payment_intent.succeeded",
        "refund.created",
        "charge.refunded",
    ]
    assert {e.id for e in listener.events()} == {e.id for e in listed}
    assert len(listener.received) == len(listed)
    assert {event.pending_webhooks for event in sdk.v1.events.list().data} == {0}


def test_an_event_has_the_object_as_it_was(sdk, stand_in, listener):
    steps.captured(sdk)
    settle(stand_in)
    statuses = {
        event.type: event.data.object.status
        for event in listener.events()
        if event.type.startswith("payment_intent")
    }
    assert statuses == {
        "payment_intent.created": "requires_payment_method",
        "payment_intent.amount_capturable_updated": "requires_capture",
        "payment_intent.succeeded": "succeeded",
    }


def test_an_event_names_the_request_it_came_from(sdk):
    made = sdk.v1.payment_intents.create(
        params={"amount": 1000, "currency": "eur"}, options={"idempotency_key": "k1"}
    )
    event = sdk.v1.events.list().data[0]
    assert event.request.idempotency_key == "k1"
    assert event.request.id == made.last_response.headers["Request-Id"]


# -- signatures


def test_a_signature_holds_for_its_body_its_secret_and_five_minutes(sdk, stand_in, listener):
    steps.intent(sdk)
    settle(stand_in)
    body, signature = listener.received[0]
    verify = stripe.Webhook.construct_event
    assert verify(body, signature, SECRET).type == "payment_intent.created"
    with pytest.raises(stripe.SignatureVerificationError):
        verify(body.replace(b"10000", b"10001"), signature, SECRET)
    with pytest.raises(stripe.SignatureVerificationError):
        verify(body, signature, "whsec_other")
    at = int(signature.partition(",")[0].removeprefix("t="))
    with pytest.raises(stripe.SignatureVerificationError):
        verify(body, signature.replace(f"t={at}", f"t={at + 1}"), SECRET)


def test_events_of_connected_accounts_have_a_secret_of_their_own(sdk, stand_in, listener):
    stand_in.sender.connect_secret = "whsec_connect"
    account_id = steps.active_account(sdk)
    settle(stand_in)
    of_accounts = [r for r in listener.received if b'"account": "acct_' in r[0]]
    assert of_accounts
    for body, signature in of_accounts:
        event = stripe.Webhook.construct_event(body, signature, "whsec_connect")
        assert (event.type, event.account) == ("account.updated", account_id)


# -- deliveries and their faults


def test_an_endpoint_that_fails_is_tried_again_with_the_same_event(sdk, stand_in, listener):
    listener.statuses = [500, 503]
    steps.intent(sdk)
    settle(stand_in)
    assert len({event.id for event in listener.events()}) == 1
    assert [d["status"] for d in stand_in.sender.deliveries] == [500, 503, 200]


def test_a_webhook_may_be_doubled_lost_or_late(sdk, stand_in, listener):
    for kind in ("webhook_doubled", "webhook_lost"):
        stand_in.faults.plan(kind=kind, path="payment_intent.created")
        steps.intent(sdk)
        settle(stand_in)
    assert len(listener.received) == 2
    assert len({event.id for event in listener.events()}) == 1
    assert len(sdk.v1.events.list().data) == 2, "a lost event is listed all the same"
    stand_in.faults.plan(kind="webhook_late", path="payment_intent.created", seconds=0.5)
    begun = time.monotonic()
    steps.intent(sdk)
    settle(stand_in)
    assert time.monotonic() - begun >= 0.5
    assert len(listener.received) == 3


# -- faults of calls


def test_a_timeout_after_success_has_done_it_and_the_key_tells(sdk, stand_in):
    stand_in.faults.plan(kind="timeout_after_success", path="/v1/payment_intents$", seconds=2)
    impatient = client_of(stand_in, seconds=0.3)
    params = {"amount": 1000, "currency": "eur"}
    with pytest.raises(stripe.APIConnectionError):
        impatient.v1.payment_intents.create(params=params, options={"idempotency_key": "k1"})
    made = sdk.v1.payment_intents.list().data
    assert len(made) == 1
    again = sdk.v1.payment_intents.create(params=params, options={"idempotency_key": "k1"})
    assert again.id == made[0].id


@pytest.mark.parametrize(
    ("kind", "error", "status"),
    [
        ("refuse_429", stripe.RateLimitError, 429),
        ("refuse_500", stripe.APIError, 500),
        ("fail_500", stripe.APIError, 500),
        ("fail_500_after_success", stripe.APIError, 500),
    ],
)
def test_an_error_on_demand(sdk, stand_in, kind, error, status):
    """What was refused before it began may be repeated; what was begun is answered the same again."""
    stand_in.faults.plan(kind=kind, path="/v1/payment_intents$")

    def create():
        params = {"amount": 1000, "currency": "eur"}
        return sdk.v1.payment_intents.create(params=params, options={"idempotency_key": "k1"})

    with pytest.raises(error) as caught:
        create()
    assert caught.value.http_status == status
    is_done = kind == "fail_500_after_success"
    assert len(sdk.v1.payment_intents.list().data) == int(is_done)
    if kind.startswith("refuse"):
        assert create().amount == 1000
        return
    with pytest.raises(error):
        create()


def test_a_wrong_key_is_refused(stand_in):
    client = stripe.StripeClient("sk_live_no", base_addresses={"api": stand_in.url})
    with pytest.raises(stripe.AuthenticationError):
        client.v1.balance.retrieve()


def test_an_unknown_parameter_is_refused_by_its_name(sdk):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        sdk.v1.refunds.create(params={"payment_intend": "pi_1"})
    assert (caught.value.code, caught.value.param) == ("parameter_unknown", "payment_intend")


# -- accounts and their hosted page


def test_an_account_is_completed_on_the_hosted_page(sdk, stand_in, listener):
    made = steps.account(sdk)
    transfers = made.configuration.recipient.capabilities.stripe_balance.stripe_transfers
    assert transfers.status == "restricted"
    link = steps.onboarding(sdk, made.id)
    page = requests.get(link.url, timeout=5)
    assert (page.status_code, "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]) == (
        200,
        True,
    )  # fmt: skip
    finished = requests.post(link.url, allow_redirects=False, timeout=5)
    assert finished.headers["Location"] == "http://console.test/back"
    now = sdk.v2.core.accounts.retrieve(
        made.id, params={"include": ["configuration.recipient", "requirements"]}
    )
    capabilities = now.configuration.recipient.capabilities.stripe_balance
    assert capabilities.stripe_transfers.status == "active"
    assert now.requirements.entries == []
    assert sdk.v1.accounts.retrieve(made.id).capabilities.transfers == "active"
    settle(stand_in)
    kinds = {d["type"] for d in stand_in.sender.deliveries}
    assert "v2.core.account[configuration.recipient].capability_status_updated" in kinds
    assert "account.updated" in kinds


def test_a_link_serves_once_and_for_five_minutes(sdk, stand_in):
    made = steps.account(sdk)
    used, old = steps.onboarding(sdk, made.id).url, steps.onboarding(sdk, made.id).url
    requests.post(used, allow_redirects=False, timeout=5)
    assert (
        requests.get(used, allow_redirects=False, timeout=5).headers["Location"].endswith("/again")
    )
    with stand_in.store.transaction():
        stand_in.store.advance(5 * 60 + 1)
    answer = requests.post(old, allow_redirects=False, timeout=5)
    assert answer.headers["Location"] == "http://console.test/again"


def test_what_was_not_asked_for_is_left_out(sdk):
    made = steps.account(sdk)
    assert sdk.v2.core.accounts.retrieve(made.id).configuration is None


def test_the_page_lists_what_happened(sdk, stand_in):
    paid = steps.captured(sdk, 12_345)
    page = requests.get(stand_in.url, timeout=5).text
    assert paid.id in page
    assert "123.45" in page

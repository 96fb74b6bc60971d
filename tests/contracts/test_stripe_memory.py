"""The stand-in with a file remembers all it said, as the demo needs when it is started again."""

import time

from tests.contracts import stripe_steps as steps
from tests.contracts.conftest import SECRET, Listener, client_of
from tests.simulators.stripe import StripeStandIn


def test_a_stand_in_started_again_knows_what_it_said(tmp_path):
    state, key = tmp_path / "stripe.db", {"idempotency_key": "k1"}
    params = {"amount": 1_000, "currency": "eur"}
    with StripeStandIn(state=state) as before:
        sdk = client_of(before)
        paid, waiting = steps.captured(sdk), steps.authorised(sdk, 2_000)
        sdk.v1.refunds.create(params={"payment_intent": paid.id, "amount": 100})
        account_id = steps.active_account(sdk)
        made = sdk.v1.payment_intents.create(params=params, options=key)
        balance = steps.balance(sdk)
    with StripeStandIn(state=state) as after:
        sdk = client_of(after)
        assert steps.balance(sdk) == balance
        assert sdk.v1.payment_intents.create(params=params, options=key).id == made.id
        assert sdk.v1.payment_intents.capture(waiting.id).amount_received == 2_000
        assert len(sdk.v1.charges.retrieve(paid.latest_charge).refunds.data) == 1
        assert sdk.v1.accounts.retrieve(account_id).capabilities.transfers == "active"
        with after.store.transaction():
            after.store.advance(2 * 24 * 3600 + 1)
            after.catch_up()
        assert steps.balance(sdk)[1] == 0, "what was pending became available"


def test_webhooks_that_were_under_way_are_sent_after_a_restart(tmp_path):
    state, listener = tmp_path / "stripe.db", Listener()
    try:
        listener.statuses = [500]
        first = StripeStandIn(state=state, webhook_url=listener.url, webhook_secret=SECRET)
        first.sender.first_wait_seconds = 60
        with first:
            made = steps.intent(client_of(first))
        listener.received.clear()
        with StripeStandIn(state=state, webhook_url=listener.url, webhook_secret=SECRET) as second:
            sdk = client_of(second)
            until = time.monotonic() + 10
            while sdk.v1.events.list().data[0].pending_webhooks and time.monotonic() < until:
                time.sleep(0.05)
            assert [event.data.object.id for event in listener.events()] == [made.id]
            assert sdk.v1.events.list().data[0].pending_webhooks == 0
    finally:
        listener.close()

"""The stand-in's objects carry the keys that Stripe's own fixtures carry (issue 2, section 6)."""

import json

import pytest

from tests.conftest import ROOT
from tests.contracts import stripe_steps as steps

FIXTURES = ROOT.parent / "shared/data/stripe-fixtures3.json"
OUT_OF_SCOPE = {
    "charge": {"payment_method_details", "source"},
    "payment_method": {"card", "billing_details"},
    "account": {"external_accounts", "capabilities"},
    "event": {"data"},
}
"""Parts whose own keys depend on how it was paid, what an account does or what happened: compared
by their name only."""


@pytest.fixture(scope="module")
def fixtures():
    if not FIXTURES.exists():
        pytest.skip("Stripe's recorded fixtures are not beside this checkout (../shared/data).")
    return json.loads(FIXTURES.read_text())["resources"]


def missing_keys(theirs, ours, skip=frozenset(), path=""):
    """Return the paths of keys that the fixture has and our object lacks, at any depth."""
    found = []
    for name, value in theirs.items():
        here = f"{path}.{name}" if path else name
        if name not in ours:
            found.append(here)
        elif isinstance(value, dict) and isinstance(ours[name], dict) and name not in skip:
            if name != "metadata":
                found += missing_keys(value, ours[name], skip, here)
    return found


def objects_of(sdk):
    """Return one object of each kind, each as the SDK got it."""
    paid = steps.captured(sdk, card="pm_card_bypassPending")
    account_id = steps.active_account(sdk)
    refund = sdk.v1.refunds.create(params={"payment_intent": paid.id, "amount": 100})
    transfer = sdk.v1.transfers.create(
        params={"amount": 500, "currency": "eur", "destination": account_id}
    )
    reversal = sdk.v1.transfers.reversals.create(transfer.id, params={"amount": 100})
    charge = sdk.v1.charges.retrieve(paid.latest_charge)
    return {
        "payment_intent": sdk.v1.payment_intents.retrieve(paid.id),
        "charge": charge,
        "refund": refund,
        "transfer": transfer,
        "transfer_reversal": reversal,
        "balance": sdk.v1.balance.retrieve(),
        "balance_transaction": sdk.v1.balance_transactions.retrieve(charge.balance_transaction),
        "customer": sdk.v1.customers.create(params={"name": "Ada"}),
        "payment_method": sdk.v1.payment_methods.retrieve(paid.payment_method),
        "event": sdk.v1.events.list().data[0],
        "account": sdk.v1.accounts.retrieve(account_id),
        "account_link": sdk.v1.account_links.create(
            params={"account": account_id, "type": "account_onboarding",
                    "return_url": "http://x/", "refresh_url": "http://x/"}
        ),
    }  # fmt: skip


def test_every_object_carries_the_keys_of_stripes_fixtures(fixtures, sdk):
    lacking = {
        kind: missing_keys(fixtures[kind], json.loads(str(thing)), OUT_OF_SCOPE.get(kind, set()))
        for kind, thing in objects_of(sdk).items()
    }
    assert {kind: keys for kind, keys in lacking.items() if keys} == {}


def test_the_comparison_finds_what_is_missing(fixtures):
    """The control: an object without one of its keys, at the top or below, is told."""
    theirs = fixtures["transfer"]
    ours = json.loads(json.dumps(theirs))
    del ours["destination_payment"], ours["reversals"]["url"]
    assert missing_keys(theirs, ours) == ["destination_payment", "reversals.url"]


def test_a_paid_cards_charge_tells_of_the_card_and_never_its_number(sdk):
    charge = sdk.v1.charges.retrieve(steps.captured(sdk).latest_charge)
    card = charge.payment_method_details.card
    assert (card.brand, card.last4, card.country) == ("visa", "4242", "US")
    assert "4242424242424242" not in str(charge)

"""The port for payments, kept by the gateway on Stripe: against the stand-in and against fixtures."""

import inspect
import json
import socket
import time
import typing
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
import requests
import stripe

from app.domains.payments.ports import (
    IntentStatus,
    NewIntent,
    NewRefund,
    PaymentProvider,
    ProviderRefusedError,
    ProviderUnavailableError,
    RefundStatus,
    SignatureRefusedError,
)
from app.foundation.money import Money
from app.gateways.stripe import snapshots
from app.gateways.stripe.payments import StripePayments
from app.gateways.stripe.webhooks import StripeWebhooks
from tests.conftest import ROOT
from tests.contracts import stripe_steps as steps
from tests.contracts.conftest import SECRET
from tests.simulators.stripe.webhooks import signature

FIXTURES = ROOT.parent / "shared/data/stripe-fixtures3.json"


@dataclass(frozen=True)
class Settings:
    """Those of the configuration's settings that the gateway reads."""

    stripe_api_base: str
    stripe_api_key: str = "sk_test_contract"
    stripe_timeout_seconds: float = 10
    stripe_rest_seconds: float = 10


@pytest.fixture
def gateway(stand_in):
    return StripePayments(Settings(stand_in.url))


def euros(cents):
    return Money(cents, "EUR")


def wanted(amount=10_000, **ids):
    return NewIntent(
        ids.get("payment_id") or uuid4(), uuid4(), ids.get("subject_id") or uuid4(), euros(amount)
    )


def paid(gateway, sdk, card="pm_card_visa", asked=None):
    """Create an intent, let its buyer pay, capture it."""
    asked = asked or wanted()
    made = gateway.create_intent(asked)
    params = {"payment_method": card, "return_url": steps.RETURN}
    sdk.v1.payment_intents.confirm(made.provider_id, params=params)
    return gateway.capture(made.provider_id, payment_id=asked.payment_id, amount=asked.amount)


def refund_of(intent, amount, refund_id=None):
    return NewRefund(refund_id or uuid4(), uuid4(), uuid4(), intent.provider_id, euros(amount))


# -- intents


def test_an_intent_is_created_once_and_carries_ids_only(gateway, sdk):
    asked = wanted()
    made, again = gateway.create_intent(asked), gateway.create_intent(asked)
    assert made == again
    assert (made.status, made.amount, made.captured) == (
        IntentStatus.WAITING,
        euros(10_000),
        euros(0),
    )
    assert made.client_secret.startswith(f"{made.provider_id}_secret_")
    kept = sdk.v1.payment_intents.retrieve(made.provider_id)
    assert kept.metadata.to_dict() == {
        "shop_id": str(asked.shop_id),
        "payment_id": str(asked.payment_id),
        "subject_id": str(asked.subject_id),
    }
    assert kept.transfer_group == str(asked.subject_id)
    assert len(sdk.v1.payment_intents.list().data) == 1


def test_an_intent_is_found_by_our_own_id(gateway):
    asked = wanted()
    made = gateway.create_intent(asked)
    assert gateway.find_intent(asked.payment_id) == made == gateway.fetch_intent(made.provider_id)
    assert gateway.find_intent(uuid4()) is None


def test_a_card_is_authorised_then_captured_once_with_its_fee(gateway, sdk):
    asked = wanted()
    made = gateway.create_intent(asked)
    params = {"payment_method": "pm_card_visa", "return_url": steps.RETURN}
    sdk.v1.payment_intents.confirm(made.provider_id, params=params)
    waiting = gateway.fetch_intent(made.provider_id)
    assert (waiting.status, waiting.fee, waiting.captured) == (
        IntentStatus.CAPTURABLE,
        None,
        euros(0),
    )
    week = waiting.capture_before - datetime.now(UTC)
    assert timedelta(days=6, hours=23) < week <= timedelta(days=7)
    taken, again = (
        gateway.capture(made.provider_id, payment_id=asked.payment_id, amount=asked.amount)
        for _ in range(2)
    )
    assert taken == again
    assert (taken.status, taken.captured, taken.fee) == (
        IntentStatus.SUCCEEDED,
        euros(10_000),
        euros(175),
    )
    assert taken.charge_id.startswith("ch_")
    assert taken.fee_transaction.startswith("txn_")


def test_what_was_authorised_is_given_up(gateway, sdk):
    asked = wanted()
    made = gateway.create_intent(asked)
    params = {"payment_method": "pm_card_visa", "return_url": steps.RETURN}
    sdk.v1.payment_intents.confirm(made.provider_id, params=params)
    for _ in range(2):
        ended = gateway.cancel(made.provider_id, payment_id=asked.payment_id)
        assert (ended.status, ended.captured) == (IntentStatus.CANCELED, euros(0))


def test_a_declined_card_leaves_its_reason_and_3d_secure_its_state(gateway, sdk):
    made = gateway.create_intent(wanted())

    def pay(card):
        params = {"payment_method": card, "return_url": steps.RETURN}
        sdk.v1.payment_intents.confirm(made.provider_id, params=params)

    with pytest.raises(stripe.CardError):
        pay("pm_card_chargeDeclinedInsufficientFunds")
    declined = gateway.fetch_intent(made.provider_id)
    assert (declined.status, declined.failure) == (IntentStatus.WAITING, "insufficient_funds")
    pay("pm_card_threeDSecure2Required")
    asked = gateway.fetch_intent(made.provider_id)
    assert (asked.status, asked.failure) == (IntentStatus.REQUIRES_ACTION, "")


# -- refunds


def test_money_is_given_back_once_and_found_by_our_id(gateway, sdk):
    intent = paid(gateway, sdk)
    asked = refund_of(intent, 2_500)
    made, again = gateway.create_refund(asked), gateway.create_refund(asked)
    assert made == again == gateway.fetch_refund(made.provider_id)
    assert made == gateway.find_refund(intent.provider_id, refund_id=asked.refund_id)
    assert gateway.find_refund(intent.provider_id, refund_id=uuid4()) is None
    assert (made.status, made.failure) == (RefundStatus.SUCCEEDED, "")
    assert made.transaction.startswith("txn_")
    rest = gateway.refund(intent.provider_id, refund_id=uuid4(), amount=euros(7_500))
    now = gateway.fetch_intent(intent.provider_id)
    assert now.refunded == euros(10_000)
    assert rest == sdk.v1.refunds.list().data[0].id
    assert now.refund_transaction.startswith("txn_")


@pytest.mark.parametrize(
    ("card", "first", "then"),
    [
        ("pm_card_pendingRefund", RefundStatus.PENDING, RefundStatus.SUCCEEDED),
        ("pm_card_refundFail", RefundStatus.SUCCEEDED, RefundStatus.FAILED),
    ],
)
def test_a_refund_may_end_later(gateway, sdk, stand_in, card, first, then):
    made = gateway.create_refund(refund_of(paid(gateway, sdk, card), 10_000))
    assert made.status is first
    with stand_in.store.transaction():
        stand_in.store.advance(10)
        stand_in.catch_up()
    ended = gateway.fetch_refund(made.provider_id)
    assert ended.status is then
    has_failed = then is RefundStatus.FAILED
    assert bool(ended.failure) == bool(ended.failure_transaction) == has_failed


# -- accounts and transfers


def test_a_shop_gets_an_account_once_and_may_receive_when_it_is_complete(gateway, sdk):
    facts = {"shop_id": uuid4(), "country": "DE", "email": "maker@example.com", "name": "Maker"}
    account_id = gateway.create_account(**facts)
    assert gateway.create_account(**facts) == account_id
    assert not gateway.fetch_account(account_id).can_receive_transfers
    link = gateway.onboarding_link(
        account_id, return_url="http://console.test/back", refresh_url="http://console.test/again"
    )
    requests.post(link, allow_redirects=False, timeout=5)
    assert gateway.fetch_account(account_id).can_receive_transfers


def test_money_is_transferred_once_and_brought_back(gateway, sdk):
    asked = wanted()
    intent, account_id = paid(gateway, sdk, asked=asked), steps.active_account(sdk)
    transfer_id, reversal_id = uuid4(), uuid4()
    facts = {"transfer_id": transfer_id, "amount": euros(5_000), "subject_id": asked.subject_id,
             "charge_id": intent.charge_id}  # fmt: skip
    made = gateway.transfer(account_id, **facts)
    assert gateway.transfer(account_id, **facts) == made
    find = gateway.find_transfer
    assert find(subject_id=asked.subject_id, transfer_id=transfer_id) == made
    assert find(subject_id=asked.subject_id, transfer_id=uuid4()) == ""
    assert gateway.find_reversal(made, reversal_id=reversal_id) == ""
    back = gateway.reverse_transfer(made, reversal_id=reversal_id, amount=euros(2_000))
    assert gateway.find_reversal(made, reversal_id=reversal_id) == back
    assert sum(steps.balance(sdk, account_id)) == 3_000


# -- refusals and silence


def test_a_refusal_is_told_by_its_code(gateway, sdk):
    intent, waiting = paid(gateway, sdk), gateway.create_intent(wanted())
    closed_account = steps.account(sdk).id
    calls = {
        "payment_intent_unexpected_state": lambda: gateway.capture(
            waiting.provider_id, payment_id=uuid4(), amount=euros(10_000)
        ),
        "resource_missing": lambda: gateway.fetch_intent("pi_nobody"),
        "invalid_request": lambda: gateway.create_refund(refund_of(intent, 10_001)),
        "amount_too_small": lambda: gateway.create_intent(wanted(1)),
        "insufficient_capabilities_for_transfer": lambda: gateway.transfer(
            closed_account, transfer_id=uuid4(), amount=euros(1), subject_id=uuid4(),
            charge_id=intent.charge_id,
        ),
    }  # fmt: skip
    for code, call in calls.items():
        with pytest.raises(ProviderRefusedError) as caught:
            call()
        assert caught.value.code == code


def every_call(gateway):
    """Return a call of each method of the port."""
    some, money = UUID(int=1), euros(100)
    return {
        "create_intent": lambda: gateway.create_intent(wanted()),
        "fetch_intent": lambda: gateway.fetch_intent("pi_1"),
        "find_intent": lambda: gateway.find_intent(some),
        "capture": lambda: gateway.capture("pi_1", payment_id=some, amount=money),
        "cancel": lambda: gateway.cancel("pi_1", payment_id=some),
        "refund": lambda: gateway.refund("pi_1", refund_id=some, amount=money),
        "create_refund": lambda: gateway.create_refund(NewRefund(some, some, some, "pi_1", money)),
        "fetch_refund": lambda: gateway.fetch_refund("re_1"),
        "find_refund": lambda: gateway.find_refund("pi_1", refund_id=some),
        "create_account": lambda: gateway.create_account(
            shop_id=some, country="DE", email="a@example.com", name="A"
        ),
        "onboarding_link": lambda: gateway.onboarding_link(
            "acct_1", return_url="http://x/", refresh_url="http://x/"
        ),
        "fetch_account": lambda: gateway.fetch_account("acct_1"),
        "transfer": lambda: gateway.transfer(
            "acct_1", transfer_id=some, amount=money, subject_id=some, charge_id="ch_1"
        ),
        "find_transfer": lambda: gateway.find_transfer(subject_id=some, transfer_id=some),
        "reverse_transfer": lambda: gateway.reverse_transfer("tr_1", reversal_id=some, amount=money),
        "find_reversal": lambda: gateway.find_reversal("tr_1", reversal_id=some),
    }  # fmt: skip


def how_each_ends(settings):
    """Call each method of the port by a gateway of its own; return what each raised."""

    def run(name):
        try:
            every_call(StripePayments(settings))[name]()
        except Exception as error:
            return type(error)
        return None

    names = list(every_call(None))
    with ThreadPoolExecutor(len(names)) as pool:
        return dict(zip(names, pool.map(run, names), strict=True))


def test_the_list_of_calls_is_the_port():
    methods = [n for n, _ in inspect.getmembers(PaymentProvider, inspect.isfunction)]
    public = {name for name in methods if not name.startswith("_")}
    assert set(every_call(None)) == public


@pytest.mark.parametrize("kind", ["refuse_429", "refuse_500", "fail_500", "delay"])
def test_silence_and_errors_of_stripes_own_are_never_a_refusal(stand_in, kind):
    stand_in.faults.plan(kind=kind, count=None, seconds=1.5)
    ends = how_each_ends(Settings(stand_in.url, stripe_timeout_seconds=0.3))
    assert set(ends.values()) == {ProviderUnavailableError}, ends


def test_nobody_there_is_no_refusal_either():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        ends = how_each_ends(Settings(f"http://127.0.0.1:{unused.getsockname()[1]}"))
    assert set(ends.values()) == {ProviderUnavailableError}, ends


def test_a_key_that_stripe_does_not_know_is_a_fault_of_ours_and_no_refusal(stand_in):
    ends = how_each_ends(Settings(stand_in.url, stripe_api_key="sk_live_wrong"))
    assert set(ends.values()) == {ProviderUnavailableError}, ends


def test_an_answer_that_came_too_late_is_found_again(gateway, sdk, stand_in):
    """Both attempts run out; the second meets the first still at work. It was done, once."""
    intent = paid(gateway, sdk)
    asked = refund_of(intent, 1_000)
    stand_in.faults.plan(kind="delay", path="/v1/refunds$", seconds=1.5)
    impatient = StripePayments(Settings(stand_in.url, stripe_timeout_seconds=0.3))
    with pytest.raises(ProviderUnavailableError):
        impatient.create_refund(asked)
    wait_for_a_refund(stand_in)
    found = gateway.find_refund(intent.provider_id, refund_id=asked.refund_id)
    assert found is not None
    assert gateway.create_refund(asked) == found
    assert len(sdk.v1.refunds.list().data) == 1


def wait_for_a_refund(stand_in):
    """Wait until the slow call has ended at the stand-in."""
    until = time.monotonic() + 10
    while not stand_in.store.of_kind("refund"):
        assert time.monotonic() < until
        time.sleep(0.05)


def test_a_key_used_for_something_else_is_no_refusal_as_that_may_have_been_done(gateway, sdk):
    intent, refund_id = paid(gateway, sdk), uuid4()
    gateway.create_refund(refund_of(intent, 1_000, refund_id))
    with pytest.raises(ProviderUnavailableError):
        gateway.create_refund(refund_of(intent, 1_000, refund_id))
    assert len(sdk.v1.refunds.list().data) == 1


def test_who_does_not_answer_is_left_alone(stand_in):
    gateway = StripePayments(Settings(stand_in.url, stripe_timeout_seconds=0.3))
    stand_in.faults.plan(kind="delay", count=None, seconds=1.5)
    for _ in range(2):
        with pytest.raises(ProviderUnavailableError):
            gateway.fetch_intent("pi_1")
    assert gateway.breaker.is_open
    stand_in.faults.reset()
    with pytest.raises(ProviderUnavailableError, match="CircuitOpenError"):
        gateway.fetch_intent("pi_1")


def test_refusals_do_not_open_the_breaker(gateway, stand_in):
    stand_in.faults.plan(kind="refuse_429", count=4)
    for _ in range(6):
        with pytest.raises((ProviderRefusedError, ProviderUnavailableError)):
            gateway.fetch_intent("pi_nobody")
    assert not gateway.breaker.is_open


# -- Stripe's own fixtures, through the same mapping


@pytest.fixture(scope="module")
def fixtures():
    if not FIXTURES.exists():
        pytest.skip("Stripe's recorded fixtures are not beside this checkout (../shared/data).")
    return json.loads(FIXTURES.read_text())["resources"]


def recorded(fixtures, kind, **changes):
    shape = {**json.loads(json.dumps(fixtures[kind])), **changes}
    return stripe.StripeObject.construct_from(shape, "sk_test")


def test_every_status_that_the_sdk_knows_is_mapped():
    literal, _ = typing.get_args(stripe.PaymentIntent.__annotations__["status"])
    known = typing.get_args(literal)
    assert known
    assert set(snapshots._STATUS) == set(known)


def test_a_recorded_intent_is_read(fixtures):
    read = snapshots.read_intent(recorded(fixtures, "payment_intent"))
    source = fixtures["payment_intent"]
    assert read.provider_id == source["id"]
    assert read.amount == Money(source["amount"], "USD")
    assert read.failure == "declined"
    assert (read.charge_id, read.fee, read.capture_before) == ("", None, None)


def test_a_recorded_intent_with_its_charge_fee_and_refund_is_read(fixtures):
    transaction = {**fixtures["balance_transaction"], "fee": 33}
    refund = {**fixtures["refund"], "balance_transaction": transaction}
    charge = {
        **fixtures["charge"],
        "amount_refunded": 40,
        "balance_transaction": transaction,
        "refunds": {"object": "list", "data": [refund], "has_more": False, "url": "/"},
    }
    intent = recorded(
        fixtures, "payment_intent", latest_charge=charge, status="succeeded", amount_received=1099,
        last_payment_error=None,
    )  # fmt: skip
    read = snapshots.read_intent(intent)
    assert (read.status, read.captured) == (IntentStatus.SUCCEEDED, Money(1099, "USD"))
    assert (read.charge_id, read.failure) == (fixtures["charge"]["id"], "")
    assert (read.fee, read.fee_transaction) == (Money(33, "USD"), transaction["id"])
    assert (read.refunded, read.refund_transaction) == (Money(40, "USD"), transaction["id"])


def test_a_recorded_charge_that_is_not_expanded_has_no_fee_yet(fixtures):
    for charge in ("ch_1", fixtures["charge"]):
        intent = recorded(fixtures, "payment_intent", latest_charge=charge)
        read = snapshots.read_intent(intent)
        assert (read.fee, read.fee_transaction) == (None, "")
        assert read.charge_id.startswith("ch_1")


def test_recorded_refunds_are_read(fixtures):
    for status, ours in (
        ("succeeded", RefundStatus.SUCCEEDED),
        ("pending", RefundStatus.PENDING),
        ("requires_action", RefundStatus.PENDING),
        ("failed", RefundStatus.FAILED),
        ("canceled", RefundStatus.FAILED),
    ):
        read = snapshots.read_refund(recorded(fixtures, "refund", status=status))
        assert (read.provider_id, read.status) == (fixtures["refund"]["id"], ours)
        assert (read.transaction, read.failure_transaction) == ("", "")


# -- webhooks


def test_a_webhook_is_read_with_any_of_our_secrets_and_with_no_other(sdk, stand_in, listener):
    intent = steps.intent(sdk, metadata={"shop_id": "s1", "payment_id": "p1"})
    assert stand_in.sender.wait_until_idle(10)
    body, header = listener.received[0]
    for secrets in ((SECRET,), ("whsec_new", SECRET)):
        read = StripeWebhooks(secrets).read(body, header)
        assert (read.kind, read.object_id) == ("payment_intent.created", intent.id)
        assert (read.shop_id, read.payment_id) == ("s1", "p1")
    for refused in (
        lambda: StripeWebhooks(("whsec_new",)).read(body, header),
        lambda: StripeWebhooks((SECRET,)).read(body + b" ", header),
        lambda: StripeWebhooks((SECRET,)).read(body, ""),
        lambda: StripeWebhooks((SECRET,)).read(b"\xff", header),
        lambda: StripeWebhooks(()).read(body, header),
    ):
        with pytest.raises(SignatureRefusedError):
            refused()


@pytest.mark.parametrize(("seconds", "is_read"), [(290, True), (310, False)])
def test_a_webhook_is_good_for_five_minutes(seconds, is_read):
    body = b'{"id": "evt_1", "type": "charge.captured", "data": {"object": {"id": "ch_1"}}}'
    header = signature(body, SECRET, int(time.time()) - seconds)
    if is_read:
        assert StripeWebhooks((SECRET,)).read(body, header).object_id == "ch_1"
        return
    with pytest.raises(SignatureRefusedError):
        StripeWebhooks((SECRET,)).read(body, header)


def test_an_event_of_v2_points_at_its_account(sdk, stand_in, listener):
    made = steps.account(sdk)
    assert stand_in.sender.wait_until_idle(10)
    body, header = listener.received[0]
    read = StripeWebhooks((SECRET,)).read(body, header)
    assert (read.kind, read.object_id) == ("v2.core.account.created", made.id)


def test_a_recorded_event_is_read(fixtures):
    for kind in ("payment_intent", "charge", "refund", "transfer"):
        thing = {**fixtures[kind], "metadata": {"shop_id": "s1", "payment_id": "p1"}}
        body = json.dumps({**fixtures["event"], "data": {"object": thing}}).encode()
        read = StripeWebhooks((SECRET,)).read(body, signature(body, SECRET, int(time.time())))
        assert read.object_id == (thing.get("payment_intent") or thing["id"])
        assert (read.provider_id, read.shop_id) == (fixtures["event"]["id"], "s1")

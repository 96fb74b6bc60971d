"""PaymentIntents at the stand-in: what a card means, captures, 3-D Secure, iDEAL, repeated keys."""

import threading

import pytest
import stripe

from tests.contracts import stripe_steps as steps
from tests.simulators.stripe.cards import TOKENS


def refusal(call):
    """Return how Stripe refuses: the SDK's class, the code and the decline code."""
    with pytest.raises(stripe.StripeError) as caught:
        call()
    error = caught.value.error
    return type(caught.value), error.code, getattr(error, "decline_code", None)


# -- cards


@pytest.mark.parametrize(
    ("card", "code", "decline_code"),
    [
        ("pm_card_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_visa_chargeDeclined", "card_declined", "generic_decline"),
        (
            "pm_card_chargeDeclinedInsufficientFunds",
            "card_declined",
            "insufficient_funds",
        ),
        ("pm_card_visa_chargeDeclinedLostCard", "card_declined", "lost_card"),
        ("pm_card_visa_chargeDeclinedStolenCard", "card_declined", "stolen_card"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", "expired_card"),
        ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", "incorrect_cvc"),
        ("pm_card_chargeDeclinedProcessingError", "processing_error", "processing_error"),
        ("pm_card_radarBlock", "card_declined", "fraudulent"),
    ],
)
def test_a_refusing_card_refuses_and_the_intent_can_be_tried_again(sdk, card, code, decline_code):
    made = steps.intent(sdk)
    assert refusal(lambda: steps.confirm(sdk, made, card)) == (
        stripe.CardError,
        code,
        decline_code,
    )
    waiting = sdk.v1.payment_intents.retrieve(made.id, params={"expand": ["latest_charge"]})
    assert waiting.status == "requires_payment_method"
    assert waiting.last_payment_error.code == code
    assert (waiting.latest_charge.status, waiting.latest_charge.paid) == ("failed", False)
    assert steps.confirm(sdk, made).status == "requires_capture"


@pytest.mark.parametrize("name", ["visa", "mastercard", "amex", "discover", "jcb", "de", "fr"])
def test_a_good_card_pays(sdk, name):
    assert steps.authorised(sdk, card=f"pm_card_{name}").status == "requires_capture"


def test_no_real_card_is_accepted(sdk):
    number = "4012888888881881"
    assert number not in TOKENS.values()
    data = {"type": "card", "card": {"number": number, "exp_month": 1, "exp_year": 2040}}
    made = steps.intent(sdk)

    def pay():
        params = {"payment_method_data": data, "return_url": steps.RETURN}
        sdk.v1.payment_intents.confirm(made.id, params=params)

    with pytest.raises(stripe.StripeError):
        pay()
    assert sdk.v1.payment_intents.retrieve(made.id).amount_received == 0


# -- capturing


def test_a_card_waits_for_its_capture_and_is_taken_in_full(sdk):
    waiting = steps.authorised(sdk, 10_000)
    assert (waiting.status, waiting.amount_capturable, waiting.amount_received) == (
        "requires_capture",
        10_000,
        0,
    )
    assert steps.balance(sdk) == (0, 0)
    taken = sdk.v1.payment_intents.capture(
        waiting.id, params={"expand": ["latest_charge.balance_transaction"]}
    )
    assert (taken.status, taken.amount_capturable, taken.amount_received) == (
        "succeeded",
        0,
        10_000,
    )
    moved = taken.latest_charge.balance_transaction
    assert (moved.amount, moved.fee, moved.net) == (10_000, 175, 9_825)
    assert steps.balance(sdk) == (0, 9_825)


def test_a_part_is_captured_and_the_rest_given_back(sdk):
    waiting = steps.authorised(sdk, 10_000)
    taken = sdk.v1.payment_intents.capture(waiting.id, params={"amount_to_capture": 6_000})
    assert (taken.status, taken.amount_received) == ("succeeded", 6_000)
    charge = sdk.v1.charges.retrieve(taken.latest_charge)
    assert (charge.amount_captured, charge.amount_refunded, charge.refunded) == (
        6_000,
        4_000,
        False,
    )


def test_more_than_was_authorised_or_twice_is_not_captured(sdk):
    waiting = steps.authorised(sdk, 10_000)

    def too_much():
        sdk.v1.payment_intents.capture(waiting.id, params={"amount_to_capture": 10_001})

    assert refusal(too_much)[:2] == (stripe.InvalidRequestError, "amount_too_large")
    sdk.v1.payment_intents.capture(waiting.id)
    again = refusal(lambda: sdk.v1.payment_intents.capture(waiting.id))
    assert again[:2] == (stripe.InvalidRequestError, "payment_intent_unexpected_state")


def test_a_cancelled_authorisation_moves_nothing_and_cannot_be_captured(sdk):
    waiting = steps.authorised(sdk)
    assert sdk.v1.payment_intents.cancel(waiting.id).status == "canceled"
    assert steps.balance(sdk) == (0, 0)
    for call in (sdk.v1.payment_intents.capture, sdk.v1.payment_intents.cancel):
        kind = refusal(lambda call=call: call(waiting.id))
        assert kind[:2] == (stripe.InvalidRequestError, "payment_intent_unexpected_state")


def test_a_captured_payment_is_not_cancelled(sdk):
    taken = steps.captured(sdk)
    kind = refusal(lambda: sdk.v1.payment_intents.cancel(taken.id))
    assert kind[1] == "payment_intent_unexpected_state"


def test_an_authorisation_nobody_captures_ends_after_seven_days(sdk, stand_in):
    waiting = steps.authorised(sdk)
    with stand_in.store.transaction():
        stand_in.store.advance(7 * 24 * 3600 - 60)
        stand_in.catch_up()
    assert sdk.v1.payment_intents.retrieve(waiting.id).status == "requires_capture"
    with stand_in.store.transaction():
        stand_in.store.advance(120)
        stand_in.catch_up()
    ended = sdk.v1.payment_intents.retrieve(waiting.id)
    assert (ended.status, ended.cancellation_reason) == ("canceled", "automatic")


# -- 3-D Secure and iDEAL


@pytest.mark.parametrize(("approve", "status"), [(True, "succeeded"), (False, "failed")])
def test_three_d_secure_leads_to_the_bank_and_back(sdk, approve, status):
    made = steps.intent(sdk)
    asked = steps.confirm(sdk, made, "pm_card_threeDSecure2Required")
    assert asked.status == "requires_action"
    back = steps.at_the_bank(asked, approve=approve)
    assert back.startswith(f"{steps.RETURN}?payment_intent={made.id}&")
    assert back.endswith(f"redirect_status={status}")
    now = sdk.v1.payment_intents.retrieve(made.id)
    assert now.status == ("requires_capture" if approve else "requires_payment_method")
    if not approve:
        assert now.last_payment_error.code == "payment_intent_authentication_failure"


def test_a_card_may_be_declined_after_3d_secure(sdk):
    asked = steps.confirm(sdk, steps.intent(sdk), "pm_card_threeDSecureRequiredChargeDeclined")
    assert steps.at_the_bank(asked).endswith("redirect_status=failed")
    assert sdk.v1.payment_intents.retrieve(asked.id).last_payment_error.code == "card_declined"


def pay_by_ideal(sdk, made):
    params = {"payment_method_data": {"type": "ideal"}, "return_url": steps.RETURN}
    return sdk.v1.payment_intents.confirm(made.id, params=params)


def test_ideal_is_captured_at_once(sdk):
    made = steps.intent(sdk)
    assert made.payment_method_types == ["card", "ideal"]
    steps.at_the_bank(pay_by_ideal(sdk, made))
    paid = sdk.v1.payment_intents.retrieve(made.id, params={"expand": ["latest_charge"]})
    assert (paid.status, paid.amount_received) == ("succeeded", made.amount)
    assert paid.latest_charge.id.startswith("py_")


def test_ideal_does_not_wait_for_a_capture(sdk):
    made = steps.intent(sdk, capture_method="manual", capture="automatic")
    assert made.payment_method_types == ["card"]
    kind = refusal(lambda: pay_by_ideal(sdk, made))
    assert kind[1] == "payment_intent_incompatible_payment_method"
    params = {"amount": 1000, "currency": "eur", "capture_method": "manual",
              "payment_method_types": ["ideal"]}  # fmt: skip
    named = refusal(lambda: sdk.v1.payment_intents.create(params=params))
    assert named[0] is stripe.InvalidRequestError


# -- repeated keys


def create(sdk, key, amount=1_000, **more):
    return sdk.v1.payment_intents.create(
        params={"amount": amount, "currency": "eur", **more}, options={"idempotency_key": key}
    )


def test_the_same_key_gets_the_first_answer(sdk):
    first, again = create(sdk, "k1"), create(sdk, "k1")
    assert first.id == again.id
    assert "Idempotent-Replayed" not in first.last_response.headers
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert create(sdk, "k2").id != first.id


def test_the_same_key_gets_the_first_error_too(sdk):
    paying = {"confirm": True, "payment_method": "pm_card_chargeDeclined",
              "payment_method_types": ["card"]}  # fmt: skip
    first = refusal(lambda: create(sdk, "k1", **paying))
    assert first == (stripe.CardError, "card_declined", "generic_decline")
    assert refusal(lambda: create(sdk, "k1", **paying)) == first
    assert len(sdk.v1.payment_intents.list().data) == 1


def test_a_refused_parameter_is_not_remembered(sdk):
    with pytest.raises(stripe.InvalidRequestError):
        create(sdk, "k1", amount=1)
    assert create(sdk, "k1").amount == 1_000


def test_the_same_key_with_other_parameters_is_refused(sdk):
    create(sdk, "k1")
    with pytest.raises(stripe.IdempotencyError):
        create(sdk, "k1", amount=2_000)
    assert len(sdk.v1.payment_intents.list().data) == 1


def test_a_key_is_forgotten_after_a_day(sdk, stand_in):
    first = create(sdk, "k1")
    with stand_in.store.transaction():
        stand_in.store.advance(24 * 3600 + 1)
    assert create(sdk, "k1").id != first.id


def test_the_same_key_at_once_works_once(sdk, stand_in):
    stand_in.faults.plan(kind="delay", path="/v1/payment_intents$", seconds=0.5)
    answers = []

    def run():
        try:
            answers.append(create(sdk, "k1").id)
        except stripe.StripeError as error:
            answers.append((error.http_status, error.error.code))

    threads = [threading.Thread(target=run) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers.count((409, "idempotency_key_in_use")) == 4
    made = sdk.v1.payment_intents.list().data
    assert [intent.id for intent in made] == [a for a in answers if isinstance(a, str)]

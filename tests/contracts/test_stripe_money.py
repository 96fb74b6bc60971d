"""Refunds, transfers, reversals and the balance at the stand-in: what moves adds up."""

import pytest
import stripe

from tests.contracts import stripe_steps as steps


def code_of(call):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        call()
    return caught.value.code


def later(stand_in, seconds):
    with stand_in.store.transaction():
        stand_in.store.advance(seconds)
        stand_in.catch_up()


def refund(sdk, paid, **more):
    return sdk.v1.refunds.create(params={"payment_intent": paid.id, **more})


def transfer(sdk, account_id, amount, **more):
    params = {"amount": amount, "currency": "eur", "destination": account_id, **more}
    return sdk.v1.transfers.create(params=params)


# -- refunds


def test_a_payment_is_refunded_in_full_and_only_once(sdk):
    paid = steps.captured(sdk)
    made = refund(sdk, paid)
    assert (made.status, made.amount) == ("succeeded", 10_000)
    charge = sdk.v1.charges.retrieve(paid.latest_charge)
    assert (charge.refunded, charge.amount_refunded) == (True, 10_000)
    assert code_of(lambda: refund(sdk, paid)) == "charge_already_refunded"


def test_a_payment_is_refunded_in_parts_but_never_beyond_its_amount(sdk):
    paid = steps.captured(sdk)
    refund(sdk, paid, amount=4_000)
    refund(sdk, paid, amount=5_999)
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded amount"):
        refund(sdk, paid, amount=2)
    refund(sdk, paid, amount=1)
    assert sdk.v1.charges.retrieve(paid.latest_charge).refunded


def test_what_was_not_captured_cannot_be_refunded(sdk):
    waiting = steps.authorised(sdk)
    assert code_of(lambda: refund(sdk, waiting)) == "payment_intent_unexpected_state"


def test_a_refund_may_fail_later_and_the_money_comes_back(sdk, stand_in):
    paid = steps.captured(sdk, card="pm_card_refundFail")
    before = sum(steps.balance(sdk))
    made = refund(sdk, paid)
    assert made.status == "succeeded"
    assert sum(steps.balance(sdk)) == before - 10_000
    later(stand_in, 10)
    failed = sdk.v1.refunds.retrieve(made.id, params={"expand": ["failure_balance_transaction"]})
    assert (failed.status, failed.failure_reason) == ("failed", "expired_or_canceled_card")
    assert failed.failure_balance_transaction.amount == 10_000
    assert sum(steps.balance(sdk)) == before
    assert sdk.v1.charges.retrieve(paid.latest_charge).amount_refunded == 0


def test_a_refund_may_take_its_time(sdk, stand_in):
    made = refund(sdk, steps.captured(sdk, card="pm_card_pendingRefund"))
    assert made.status == "pending"
    later(stand_in, 10)
    assert sdk.v1.refunds.retrieve(made.id).status == "succeeded"


# -- transfers


def test_a_transfer_follows_the_money_of_its_charge(sdk, stand_in):
    paid, account_id = steps.captured(sdk), steps.active_account(sdk)
    made = transfer(sdk, account_id, 8_000, source_transaction=paid.latest_charge)
    assert made.transfer_group == "order_1"
    assert steps.balance(sdk) == (0, 9_825 - 8_000)
    assert steps.balance(sdk, account_id) == (0, 8_000)
    later(stand_in, 2 * 24 * 3600 + 1)
    assert steps.balance(sdk) == (1_825, 0)
    assert steps.balance(sdk, account_id) == (8_000, 0)


def test_transfers_from_one_charge_do_not_exceed_it(sdk):
    paid, account_id = steps.captured(sdk), steps.active_account(sdk)
    transfer(sdk, account_id, 8_000, source_transaction=paid.latest_charge)
    with pytest.raises(stripe.InvalidRequestError, match="must not exceed"):
        transfer(sdk, account_id, 2_001, source_transaction=paid.latest_charge)
    transfer(sdk, account_id, 2_000, source_transaction=paid.latest_charge)


def test_a_transfer_needs_available_money(sdk):
    steps.captured(sdk)
    account_id = steps.active_account(sdk)
    assert code_of(lambda: transfer(sdk, account_id, 100)) == "balance_insufficient"
    steps.captured(sdk, card="pm_card_bypassPending")
    assert transfer(sdk, account_id, 100).amount == 100


def test_a_transfer_needs_an_account_that_may_receive_it(sdk):
    steps.captured(sdk, card="pm_card_bypassPending")
    waiting = steps.account(sdk).id
    assert code_of(lambda: transfer(sdk, waiting, 100)) == "insufficient_capabilities_for_transfer"
    assert code_of(lambda: transfer(sdk, "acct_nobody", 100)) == "resource_missing"


def test_a_transfer_is_reversed_in_parts_and_never_beyond(sdk):
    paid, account_id = steps.captured(sdk), steps.active_account(sdk)
    made = transfer(sdk, account_id, 5_000, source_transaction=paid.latest_charge)
    reverse = sdk.v1.transfers.reversals.create
    reverse(made.id, params={"amount": 2_000})
    assert not sdk.v1.transfers.retrieve(made.id).reversed
    with pytest.raises(stripe.InvalidRequestError):
        reverse(made.id, params={"amount": 3_001})
    reverse(made.id)
    now = sdk.v1.transfers.retrieve(made.id)
    assert (now.reversed, now.amount_reversed, len(now.reversals.data)) == (True, 5_000, 2)
    assert sum(steps.balance(sdk, account_id)) == 0


def test_what_an_account_has_been_paid_out_cannot_be_reversed(sdk, stand_in):
    paid, account_id = steps.captured(sdk), steps.active_account(sdk)
    made = transfer(sdk, account_id, 5_000, source_transaction=paid.latest_charge)
    later(stand_in, 2 * 24 * 3600 + 1)
    with stand_in.store.transaction():
        stand_in.balance.record("payout", -4_000, source="", currency="eur", account=account_id)
    reverse = sdk.v1.transfers.reversals.create
    assert code_of(lambda: reverse(made.id)) == "balance_insufficient"
    assert reverse(made.id, params={"amount": 1_000}).amount == 1_000


# -- the balance


def movements(sdk, account_id=""):
    options = {"stripe_account": account_id} if account_id else {}
    page = sdk.v1.balance_transactions.list(params={"limit": 100}, options=options)
    return list(page.auto_paging_iter())


def test_the_movements_add_up_to_the_balances(sdk, stand_in):
    account_id = steps.active_account(sdk)
    first, second = steps.captured(sdk), steps.captured(sdk, 7_777, "pm_card_bypassPending")
    refund(sdk, first, amount=2_500)
    refund(sdk, steps.captured(sdk, 3_000, "pm_card_refundFail"))
    made = transfer(sdk, account_id, 5_000, source_transaction=first.latest_charge)
    transfer(sdk, account_id, 200)
    sdk.v1.transfers.reversals.create(made.id, params={"amount": 700})
    sdk.v1.payment_intents.cancel(steps.authorised(sdk).id)
    for wait in (0, 10, 2 * 24 * 3600):
        later(stand_in, wait)
        for owner in ("", account_id):
            found = movements(sdk, owner)
            sums = [
                sum(m.net for m in found if m.status == status)
                for status in ("available", "pending")
            ]
            assert tuple(sums) == steps.balance(sdk, owner)
            assert all(m.net == m.amount - m.fee for m in found)
    kinds = {m.type for m in movements(sdk)}
    assert kinds == {"charge", "refund", "refund_failure", "transfer", "transfer_refund"}
    assert second.amount_received == 7_777
    charged = 10_000 + 7_777 + 3_000
    fees = sum(m.fee for m in movements(sdk))
    assert sum(steps.balance(sdk)) == charged - fees - 2_500 - 5_000 - 200 + 700
    assert sum(steps.balance(sdk, account_id)) == 5_000 + 200 - 700

"""From a parcel to the seller's account, and back: release, transfer, refund, reversal."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.domains.accounts.factors.operations.changes import pause_payouts
from app.domains.accounts.factors.rules import PauseReason
from app.domains.checkout.reactions import refresh_connected_account
from app.domains.fulfilment.errors import NothingToSendError, TooLateToUndoError
from app.domains.fulfilment.jobs import tell_of_parcels
from app.domains.fulfilment.rules import UNDO_FOR
from app.domains.fulfilment.shipments import undo_shipment
from app.domains.orders.queries import get_order
from app.domains.orders.rules import FulfilmentStanding, PaymentStanding
from app.domains.payments.errors import PaymentStepError, RefundTooLargeError
from app.domains.payments.ports import PaymentProvider
from app.domains.payments.refunds.models import Refund
from app.domains.payments.refunds.queries import get_refund
from app.domains.payments.refunds.rules import RefundState
from app.domains.payments.transfers.models import SellerTransfer, TransferReversal
from app.foundation.clock import clock
from app.foundation.database import PlatformScope, directory_scope
from app.foundation.flags import STOP_MONEY, set_flag
from app.foundation.ports import port
from app.foundation.unit_of_work import unit_of_work
from tests.conftest import drain
from tests.functional import settling
from tests.functional.settling import figures
from tests.functional.test_what_goes_wrong import deliver, plan

TOTAL = 8450 + 490


@pytest.fixture(autouse=True)
def clock_as_it_was():
    yield
    clock.reset()


@pytest.fixture
def order(platform, shop):
    order_id = settling.buy(platform, shop)
    drain()
    return order_id


def standing(shop, order_id):
    with unit_of_work(shop.scope) as unit:
        found = get_order(unit, order_id)
        return found.payment_state, found.fulfilment_state


def states(shop, table):
    with unit_of_work(shop.scope) as unit:
        return list(unit.session.execute(select(table.state)).scalars())


def stop(shop, *, is_on):
    with unit_of_work(PlatformScope(shop.cell, "platform_jobs")) as unit:
        set_flag(unit, shop=shop.schema, name=STOP_MONEY, is_on=is_on, reason="test")


def test_money_is_held_until_the_window_is_over_and_then_transferred(platform, shop, order):
    account = settling.connect_account(platform, shop)
    settling.send(shop, order)
    clock.move(timedelta(days=18))
    settling.run_schedule(shop)
    held = figures(shop)[0]
    assert figures(shop) == (held, 0, 0, 0)
    assert standing(shop, order)[1] is FulfilmentStanding.DELIVERED
    clock.move(timedelta(days=2))
    settling.run_schedule(shop)
    assert figures(shop) == (0, 0, held, 0)
    assert standing(shop, order)[1] is FulfilmentStanding.RELEASED
    (made,) = settling.transfers_of(platform, order)
    assert (made["amount"], made["destination"]) == (held, account)
    assert made["source_transaction"].startswith("ch_")
    settling.run_schedule(shop)
    assert len(settling.transfers_of(platform, order)) == 1
    settling.assert_books_are_right(shop)


def test_nothing_is_transferred_to_an_account_that_may_not_receive(platform, shop, order):
    account = settling.connect_account(platform, shop, is_active=False)
    settling.pay_out(shop, order)
    assert figures(shop)[1] > 0
    assert settling.transfers_of(platform, order) == []
    settling.set_capability(platform, account, "active")
    settling.run_schedule(shop)
    assert len(settling.transfers_of(platform, order)) == 1


def test_nothing_moves_while_the_money_is_stopped(platform, shop, order):
    settling.connect_account(platform, shop)
    settling.send(shop, order)
    clock.move(settling.ALL_HELD)
    stop(shop, is_on=True)
    settling.run_schedule(shop)
    settling.refund(shop, order, 100)
    assert figures(shop)[1:] == (0, 0, 0)
    assert settling.transfers_of(platform, order) == []
    assert settling.refunds_at_provider(platform, shop) == []
    answer = platform.shop_client(shop.slug)
    from tests.functional import journey

    journey.fill_basket(answer)
    journey.give_address(answer)
    journey.choose_shipping(answer)
    placed = journey.place(answer)
    page = placed.text if placed.status_code != 303 else answer.get(placed.location).text
    assert "takes no payments just now" in page
    stop(shop, is_on=False)
    clock.move(timedelta(minutes=1))
    settling.run_schedule(shop)
    assert len(settling.refunds_at_provider(platform, shop)) == 1
    settling.run_schedule(shop)
    assert len(settling.transfers_of(platform, order)) == 1


@pytest.mark.parametrize("what", ["bank account", "second factor"])
def test_payouts_rest_48_hours_after_a_change(platform, shop, order, what):
    """security.md 3: money that is ready stays where it is, and goes by itself afterwards."""
    account = settling.connect_account(platform, shop)
    settling.set_bank_account(platform, account, "ba_first")
    refresh_connected_account(shop.scope)
    settling.send(shop, order)
    clock.move(settling.ALL_HELD)
    if what == "bank account":
        settling.set_bank_account(platform, account, "ba_of_somebody_else")
    else:
        with unit_of_work(directory_scope()) as unit:
            pause_payouts(unit, shop_id=shop.id, reason=PauseReason.SECOND_FACTOR)
    settling.run_schedule(shop)
    assert settling.transfers_of(platform, order) == []
    assert figures(shop)[1] > 0
    clock.move(timedelta(hours=47, minutes=58))
    settling.run_schedule(shop)
    assert settling.transfers_of(platform, order) == []
    clock.move(timedelta(minutes=3))
    settling.run_schedule(shop)
    assert len(settling.transfers_of(platform, order)) == 1
    assert figures(shop)[1] == 0
    settling.assert_books_are_right(shop)


def test_several_workers_at_once_make_one_transfer(platform, shop, order):
    settling.connect_account(platform, shop)
    settling.send(shop, order)
    clock.move(settling.ALL_HELD)
    with ThreadPoolExecutor(4) as pool:
        runs = [pool.submit(settling.run_schedule, shop) for _ in range(8)]
    faults = [run.exception() for run in runs if run.exception()]
    assert faults == []
    settling.run_schedule(shop)
    assert len(settling.transfers_of(platform, order)) == 1
    assert states(shop, SellerTransfer) == ["done"]
    settling.assert_books_are_right(shop)


def test_a_transfer_whose_answer_was_lost_is_looked_up_and_made_once(platform, shop, order):
    settling.connect_account(platform, shop)
    plan(platform, "fail_500_after_success", "/v1/transfers$")
    settling.pay_out(shop, order)
    assert states(shop, SellerTransfer) == ["unknown"]
    assert figures(shop)[2] == 0
    clock.move(timedelta(days=2))
    settling.run_schedule(shop)
    assert states(shop, SellerTransfer) == ["done"]
    assert len(settling.transfers_of(platform, order)) == 1
    settling.assert_books_are_right(shop)


def test_a_transfer_without_an_answer_is_not_sent_again_after_a_day(platform, shop, order):
    settling.connect_account(platform, shop)
    plan(platform, "refuse_500", "/v1/transfers$", count=2, method="POST")
    settling.pay_out(shop, order)
    assert states(shop, SellerTransfer) == ["unknown"]
    clock.move(timedelta(hours=25))
    settling.run_schedule(shop)
    assert states(shop, SellerTransfer) == ["unknown"]
    assert settling.transfers_of(platform, order) == []


def test_a_full_refund_before_release_takes_all_of_it(platform, shop, order, mails):
    refund_id = settling.refund(shop, order, TOTAL)
    drain()
    assert figures(shop) == (0, 0, 0, 0)
    assert standing(shop, order)[0] is PaymentStanding.REFUNDED
    assert states(shop, Refund) == ["succeeded"]
    (mail,) = [m for m in mails if m.message_id == f"money-returned.{refund_id}"]
    assert "€89.40" in mail.text
    settling.assert_books_are_right(shop)
    with pytest.raises(PaymentStepError):
        settling.refund(shop, order, 1)


def test_partial_refunds_add_up_to_the_whole_and_no_further(platform, shop, order):
    settling.refund(shop, order, 3333)
    settling.refund(shop, order, 3333)
    with pytest.raises(RefundTooLargeError):
        settling.refund(shop, order, 3333)
    settling.refund(shop, order, TOTAL - 6666)
    assert figures(shop) == (0, 0, 0, 0)
    assert standing(shop, order)[0] is PaymentStanding.REFUNDED
    settling.assert_books_are_right(shop)


def test_a_refund_after_the_transfer_brings_the_sellers_part_back(platform, shop, order):
    settling.connect_account(platform, shop)
    settling.pay_out(shop, order)
    paid_out = figures(shop)[2]
    settling.refund(shop, order, TOTAL)
    assert states(shop, TransferReversal) == ["done"]
    assert figures(shop) == (0, 0, 0, 0)
    assert settling.transfers_of(platform, order)[0]["amount_reversed"] == paid_out
    settling.assert_books_are_right(shop)


def test_a_refused_reversal_is_owed_and_netted_from_the_next_release(platform, shop, order):
    settling.connect_account(platform, shop)
    settling.pay_out(shop, order)
    paid_out = figures(shop)[2]
    empty_account(platform, order)
    settling.refund(shop, order, TOTAL)
    assert states(shop, TransferReversal) == ["refused"]
    assert figures(shop) == (0, 0, paid_out, paid_out)
    settling.assert_books_are_right(shop)
    following = settling.buy(platform, shop, handle="lens-necklace", quantity=2)
    settling.pay_out(shop, following)
    assert figures(shop)[3] == 0
    assert settling.transfers_of(platform, following)[0]["amount"] == figures(shop)[2] - paid_out
    settling.assert_books_are_right(shop)


def empty_account(platform, order_id):
    """Let the seller's bank have taken all of it: the reversal finds nothing."""
    (transfer,) = settling.transfers_of(platform, order_id)
    with platform.stripe.store.lock:
        platform.stripe.balance.record(
            "payout", -transfer["amount"], source="po_1", currency="eur",
            account=transfer["destination"],
        )  # fmt: skip


def test_a_refund_that_fails_later_is_told_and_booked(platform, shop):
    order_id = settling.buy(platform, shop, "pm_card_refundFail")
    refund_id = settling.refund(shop, order_id, TOTAL)
    (at_provider,) = settling.refunds_at_provider(platform, shop)
    with platform.stripe.store.lock:
        platform.stripe.refunds._settle(at_provider["id"])
    failed = [e for e in platform.stripe.store.of_kind("event") if e["type"] == "refund.failed"
              and e["data"]["object"]["id"] == at_provider["id"]]  # fmt: skip
    for event in failed * 2:
        assert deliver(platform, event).status_code == 200
    drain()
    with unit_of_work(shop.scope) as unit:
        assert get_refund(unit, refund_id).state is RefundState.FAILED
    settling.assert_books_are_right(shop)


def test_a_refund_whose_answer_was_lost_is_made_once(platform, shop, order):
    plan(platform, "fail_500_after_success", "/v1/refunds$")
    settling.refund(shop, order, 1000)
    assert states(shop, Refund) == ["unknown"]
    clock.move(timedelta(days=2))
    settling.run_schedule(shop)
    assert states(shop, Refund) == ["succeeded"]
    assert len(settling.refunds_at_provider(platform, shop)) == 1


def test_a_refund_that_the_provider_refuses_leaves_the_amount_free(platform, shop, order):
    import stripe

    client = stripe.StripeClient("sk_test", base_addresses={"api": platform.stripe.url})
    with unit_of_work(shop.scope) as unit:
        from app.domains.payments.queries import find_payment_of

        payment = find_payment_of(unit, subject_id=order)
    client.v1.refunds.create(params={"payment_intent": payment.provider_id})
    settling.refund(shop, order, 1000)
    assert states(shop, Refund) == ["refused"]
    with unit_of_work(shop.scope) as unit:
        assert find_payment_of(unit, subject_id=order).refunding == 0
    assert port(PaymentProvider).fetch_intent(payment.provider_id).refunded.amount == TOTAL


def test_a_shipment_is_taken_back_until_the_buyer_is_told(platform, shop, order, mails):
    first = settling.send(shop, order)
    assert standing(shop, order)[1] is FulfilmentStanding.SHIPPED
    with unit_of_work(shop.scope) as unit:
        undo_shipment(unit, order_id=order, shipment_id=first, actor="test")
    assert standing(shop, order)[1] is FulfilmentStanding.READY
    second = settling.send(shop, order)
    clock.move(UNDO_FOR)
    assert tell_of_parcels(shop.scope) == 1
    assert tell_of_parcels(shop.scope) == 0
    drain()
    (mail,) = [m for m in mails if m.message_id == f"parcel-sent.{second}"]
    assert "00340434" in mail.text
    assert "DHL" in mail.html
    with pytest.raises(TooLateToUndoError), unit_of_work(shop.scope) as unit:
        undo_shipment(unit, order_id=order, shipment_id=second, actor="test")


def test_parts_are_sent_one_after_the_other(platform, shop):
    order_id = settling.buy(platform, shop, quantity=3)
    settling.send(shop, order_id, {1: 2})
    assert standing(shop, order_id)[1] is FulfilmentStanding.READY
    with pytest.raises(NothingToSendError):
        settling.send(shop, order_id, {1: 2})
    settling.send(shop, order_id, {1: 1})
    assert standing(shop, order_id)[1] is FulfilmentStanding.SHIPPED

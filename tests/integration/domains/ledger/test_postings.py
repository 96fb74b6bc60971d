"""Every posting of money.md, section 5, with the example's figures; and posting the same again."""

import threading

import pytest

from app.domains.ledger import operations as ledger
from app.domains.ledger.errors import (
    NotEnoughInBooksError,
    PostedDifferentlyError,
    PostingRefusedError,
)
from app.domains.ledger.invariants import check_books
from app.domains.ledger.queries import list_held, list_statement
from app.foundation.database import PlatformScope
from app.foundation.identifiers import new_id
from app.foundation.money import CurrencyMismatchError, Money
from app.foundation.unit_of_work import unit_of_work
from tests.integration.domains.ledger.conftest import count_journals, lines_of, run
from tests.integration.domains.ledger.story import Story, euros, paid, split, transaction


@pytest.fixture(autouse=True)
def books_are_right_afterwards(books):
    yield
    with unit_of_work(PlatformScope("main", "platform_reader")) as unit:
        broken = [finding for finding in check_books(unit) if not finding.holds]
    assert broken == []


def test_authorise_and_void(books):
    story = Story(books.scope).authorise()
    assert lines_of(books.scope, story.order_id, "authorise") == {
        "auth_hold": 13200, "auth_hold_contra": -13200,
    }  # fmt: skip
    story.void()
    assert story.standing().open_authorisation == euros(0)


def test_capture_and_allocate(books):
    story = paid(books.scope)
    assert lines_of(books.scope, story.order_id, "capture") == {
        "auth_hold_contra": 13200, "stripe_pending": 13200,
        "auth_hold": -13200, "order_clearing": -13200,
    }  # fmt: skip
    assert lines_of(books.scope, story.order_id, "allocate") == {
        "order_clearing": 13200, "seller_held": -10000, "deferred_commission": -1000,
        "tax_payable": -2200,
    }  # fmt: skip
    standing = story.standing()
    assert (standing.captures, standing.charge, standing.clearing) == (1, "ch_1", euros(0))


def test_what_was_authorised_beyond_the_capture_is_voided_with_it(books):
    story = Story(books.scope).authorise(15000).capture(authorised=15000)
    assert lines_of(books.scope, story.order_id, "void", leg="rest") == {
        "auth_hold_contra": 1800, "auth_hold": -1800,
    }  # fmt: skip
    assert story.standing().open_authorisation == euros(0)


def test_tax_stands_in_an_account_of_its_jurisdiction(books):
    story = Story(books.scope).authorise().capture(jurisdiction="FR")
    story.refund((1000, 100, 220))
    owners = run(
        books.scope,
        "SELECT DISTINCT a.owner_id FROM platform.account a"
        " JOIN platform.entry e ON e.shop = a.shop AND e.account_id = a.id"
        " JOIN platform.journal j ON j.shop = e.shop AND j.id = e.journal_id"
        " WHERE a.code = '2100' AND j.order_id = :order",
        order=story.order_id,
    )
    assert owners == [("FR",)]


def test_fee_and_funds_available_share_the_charges_transaction(books):
    story, charge = paid(books.scope), transaction()
    story.fee(charge).available(charge)
    assert lines_of(books.scope, story.order_id, "fee") == {
        "processing_fees": 413, "stripe_pending": -413,
    }  # fmt: skip
    assert lines_of(books.scope, story.order_id, "funds_available") == {
        "stripe_available": 12787, "stripe_pending": -12787,
    }  # fmt: skip


def test_release_and_transfer(books):
    story = paid(books.scope).release()
    assert lines_of(books.scope, story.order_id, "release") == {
        "seller_held": 10000, "deferred_commission": 1000,
        "seller_available": -10000, "commission_revenue": -1000,
    }  # fmt: skip
    story.transfer()
    assert lines_of(books.scope, story.order_id, "transfer") == {
        "seller_available": 10000, "connected_balance": 10000,
        "stripe_available": -10000, "connected_balance_contra": -10000,
    }  # fmt: skip
    assert story.standing().transferred == euros(10000)


def test_a_refund_before_release_takes_what_is_held(books):
    story, sent = paid(books.scope), transaction()
    story.refund()
    assert lines_of(books.scope, story.order_id, "refund") == {
        "seller_held": 10000, "deferred_commission": 1000, "tax_payable": 2200,
        "refund_pending": -13200,
    }  # fmt: skip
    story.refund_succeeds(sent)
    assert lines_of(books.scope, story.order_id, "refund_succeeded") == {
        "refund_pending": 13200, "stripe_available": -13200,
    }  # fmt: skip
    assert story.standing().refund_pending == euros(0)


def test_a_refund_between_release_and_transfer_takes_what_was_released(books):
    story = paid(books.scope).release().refund()
    assert lines_of(books.scope, story.order_id, "refund") == {
        "seller_available": 10000, "commission_revenue": 1000, "tax_payable": 2200,
        "refund_pending": -13200,
    }  # fmt: skip


def test_a_refund_after_the_transfer_is_owed_by_the_seller(books):
    story = paid(books.scope).release().transfer()
    before = story.sheet().owed
    story.refund()
    assert lines_of(books.scope, story.order_id, "refund") == {
        "seller_receivable": 10000, "commission_revenue": 1000, "tax_payable": 2200,
        "refund_pending": -13200,
    }  # fmt: skip
    assert story.sheet().owed == before + euros(10000)
    story.reverse()
    assert lines_of(books.scope, story.order_id, "transfer_reversed") == {
        "stripe_available": 10000, "connected_balance_contra": 10000,
        "seller_receivable": -10000, "connected_balance": -10000,
    }  # fmt: skip
    assert story.sheet().owed == before


def test_a_refund_after_a_part_was_transferred_takes_each_part_where_it_is(books):
    story = paid(books.scope).release(6000, 600).transfer(5000).refund()
    assert lines_of(books.scope, story.order_id, "refund") == {
        "seller_held": 4000, "seller_available": 1000, "seller_receivable": 5000,
        "deferred_commission": 400, "commission_revenue": 600, "tax_payable": 2200,
        "refund_pending": -13200,
    }  # fmt: skip
    story.reverse(5000)


def test_what_a_seller_owes_is_netted_from_the_next_release(books):
    paid(books.scope).release().transfer().refund()
    following = paid(books.scope).release().net(10000)
    assert lines_of(books.scope, following.order_id, "netting") == {
        "seller_available": 10000, "seller_receivable": -10000,
    }  # fmt: skip
    with pytest.raises(NotEnoughInBooksError):
        following.transfer(1)


def test_a_refund_that_fails_later_is_owed_to_the_buyer(books):
    story = paid(books.scope).refund().refund_succeeds(transaction())
    story.refund_fails(transaction())
    assert lines_of(books.scope, story.order_id, "refund_failed") == {
        "stripe_available": 13200, "customer_credit": -13200,
    }  # fmt: skip
    with pytest.raises(NotEnoughInBooksError):
        story.refund_fails(transaction(), 1)


def test_refunds_of_a_part_add_up_to_the_whole_and_no_further(books):
    story = paid(books.scope).refund((6000, 600, 1320)).refund((4000, 400, 880))
    assert story.standing().refunded == euros(13200)
    with pytest.raises(NotEnoughInBooksError):
        story.refund((0, 0, 1))


@pytest.mark.parametrize("parts", [(10001, 999, 2200), (9999, 1001, 2200), (10000, 1, 2201)])
def test_no_part_is_refunded_beyond_itself(books, parts):
    with pytest.raises(NotEnoughInBooksError):
        paid(books.scope).refund(parts)


def test_one_orders_money_is_not_spent_for_another(books):
    """The shop's account has enough; the order has not."""
    paid(books.scope).release()
    unreleased = paid(books.scope)
    with pytest.raises(NotEnoughInBooksError):
        unreleased.transfer()
    with pytest.raises(NotEnoughInBooksError):
        unreleased.release(10001, 0)
    with pytest.raises(NotEnoughInBooksError):
        unreleased.release(0, 1001)
    with pytest.raises(NotEnoughInBooksError):
        Story(books.scope).refund((1, 0, 0))


def test_more_than_was_authorised_is_neither_captured_nor_voided(books):
    with pytest.raises(NotEnoughInBooksError):
        Story(books.scope).authorise(13199).capture()
    with pytest.raises(NotEnoughInBooksError):
        Story(books.scope).authorise(13199).void()
    with pytest.raises(NotEnoughInBooksError):
        Story(books.scope).authorise().void().capture()


def test_facts_that_make_no_sense_are_refused(books):
    story = Story(books.scope).authorise()
    with pytest.raises(PostingRefusedError):
        story.capture((10001, -1, 3200))
    with pytest.raises(PostingRefusedError):
        story.capture((10000, 1000, 2200), authorised=13199)
    with pytest.raises(PostingRefusedError):
        Story(books.scope).authorise(-1)
    with pytest.raises(PostingRefusedError):
        Story(books.scope).authorise(0)
    with unit_of_work(books.scope) as unit, pytest.raises(PostingRefusedError):
        ledger.post_capture(
            unit, payment_id=story.payment_id, order_id=story.order_id, amount=euros(13200),
            authorised=euros(13200), allocation=split(10000, 1000, 2199),
        )  # fmt: skip
    story.capture()
    with pytest.raises(PostingRefusedError):
        story.refund((10000, -1000, 2200))
    with pytest.raises(PostingRefusedError):
        story.refund((0, 0, 0))


def test_amounts_of_two_currencies_do_not_mix(books):
    story = Story(books.scope).authorise()
    with unit_of_work(books.scope) as unit, pytest.raises(CurrencyMismatchError):
        ledger.post_capture(
            unit, payment_id=story.payment_id, order_id=story.order_id, amount=euros(13200),
            authorised=Money(13200, "USD"), allocation=split(10000, 1000, 2200),
        )  # fmt: skip


STEPS = {
    "authorise": lambda story, ids: story.authorise(15000),
    "capture": lambda story, ids: story.capture(authorised=15000),
    "fee": lambda story, ids: story.fee(ids["charge"]),
    "available": lambda story, ids: story.available(ids["charge"]),
    "refund": lambda story, ids: story.refund((1000, 100, 220), refund_id=ids["refund"]),
    "refund_succeeds": lambda story, ids: story.refund_succeeds(ids["sent"], 1320),
    "release": lambda story, ids: story.release(9000, 900),
    "transfer": lambda story, ids: story.transfer(9000, transfer_id=ids["transfer"]),
}
OTHERWISE = {
    "authorise": lambda story, ids: story.authorise(14999),
    "capture": lambda story, ids: story.capture((9999, 1001, 2200), authorised=15000),
    "capture without the rest": lambda story, ids: story.capture(),
    "capture of another charge": lambda story, ids: story.capture(authorised=15000, charge="ch_2"),
    "fee": lambda story, ids: story.fee(ids["charge"], 414),
    "available": lambda story, ids: story.available(ids["charge"], 1),
    "refund": lambda story, ids: story.refund((1001, 99, 220), refund_id=ids["refund"]),
    "refund of another order": lambda story, ids: paid(story.scope).refund(
        (1000, 100, 220), refund_id=ids["refund"]
    ),
    "refund_succeeds": lambda story, ids: story.refund_succeeds(ids["sent"], 1319),
    "release": lambda story, ids: story.release(8999, 900),
    "transfer": lambda story, ids: story.transfer(8999, transfer_id=ids["transfer"]),
}


@pytest.fixture(scope="module")
def told(books):
    """A whole story, with the ids of its sources."""
    ids = {"charge": transaction(), "sent": transaction(), "refund": new_id(), "transfer": new_id()}
    story = Story(books.scope)
    for step in STEPS.values():
        step(story, ids)
    return story, ids


@pytest.mark.parametrize("name", STEPS)
def test_the_same_facts_again_change_nothing(books, told, name):
    """Also after the books have moved on: the refunded part was released meanwhile."""
    story, ids = told
    before = (count_journals(books.scope, story.order_id), story.standing(), story.sheet())
    STEPS[name](story, ids)
    assert (count_journals(books.scope, story.order_id), story.standing(), story.sheet()) == before


@pytest.mark.parametrize("name", OTHERWISE)
def test_other_facts_under_the_same_source_are_refused(told, name):
    story, ids = told
    with pytest.raises(PostedDifferentlyError):
        OTHERWISE[name](story, ids)


def test_the_same_facts_from_eight_threads_at_once_are_posted_once(books):
    story, failures = Story(books.scope), []

    def authorise():
        try:
            story.authorise()
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=authorise) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert count_journals(books.scope, story.order_id) == 1


def test_the_merchant_reads_what_is_held_and_every_movement(books):
    story = paid(books.scope)
    with unit_of_work(books.scope) as unit:
        held = {each.order_id: each.amount for each in list_held(unit, page_size=1000)}
        newest = list_statement(unit, page_size=1)[0]
    assert held[story.order_id] == euros(10000)
    assert (newest.event, newest.account, newest.order_id, newest.amount) == (
        "allocate", "seller_held", story.order_id, euros(10000),
    )  # fmt: skip
    story.release()
    with unit_of_work(books.scope) as unit:
        held = {each.order_id for each in list_held(unit, page_size=1000)}
    assert story.order_id not in held

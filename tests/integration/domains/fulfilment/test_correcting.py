"""Corrections by hand: a closed list, two people above the limit, one journal, a counter-entry."""

import threading
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from app.domains.accounts.approvals.errors import ApprovalDecidedError, OwnApprovalError
from app.domains.accounts.approvals.queries import get_approval
from app.domains.accounts.approvals.rules import ApprovalState, limit_for
from app.domains.fulfilment.correcting import approve_correction, ask_correction, counter_entry
from app.domains.ledger.corrections.errors import (
    CorrectionOrderError,
    NotReversibleError,
    OwesLessError,
)
from app.domains.ledger.corrections.queries import find_correction, list_corrections
from app.domains.ledger.corrections.rules import (
    COUNTED_FOR,
    OF_AN_ORDER,
    CorrectionKind,
    CorrectionReason,
    CorrectionWish,
)
from app.domains.ledger.errors import ChargeSpentError, NotEnoughInBooksError
from app.domains.ledger.invariants import check_books
from app.domains.ledger.queries import get_order_standing, list_statement
from app.foundation.clock import clock
from app.foundation.guards import Guard, disable_guards
from app.foundation.identifiers import new_id
from app.foundation.money import Money
from app.foundation.unit_of_work import unit_of_work
from tests.conftest import drain, open_shop
from tests.functional import settling
from tests.functional.settling import assert_books_are_right, figures

ASKER, OTHER = new_id(), new_id()
LIMIT = limit_for("EUR").amount
K = CorrectionKind
SALE = 126_750


@pytest.fixture(autouse=True)
def time_stands():
    yield
    clock.reset()


@pytest.fixture
def house(platform):
    return open_shop(f"house-{new_id().hex[-12:]}", platform, stock=200)


@pytest.fixture
def order(platform, house):
    """Fifteen necklaces: 1,267.50."""
    order_id = settling.buy(platform, house, quantity=15)
    drain()
    return order_id


def wish(kind, amount, order_id=None, reason=CorrectionReason.OUR_MISTAKE):
    of_order = order_id if kind in OF_AN_ORDER else None
    return CorrectionWish(kind, Money(amount, "EUR"), reason, "FIN-2026/118", order_id=of_order)


def ask(shop, wanted, correction_id=None, by=ASKER):
    """Ask; return the id and whether it waits."""
    correction_id = correction_id or new_id()
    with unit_of_work(shop.scope) as unit:
        waits = ask_correction(unit, correction_id=correction_id, wish=wanted, asked_by=by)
    return correction_id, waits


def approve(shop, approval_id, by=OTHER):
    with unit_of_work(shop.scope) as unit:
        approve_correction(unit, approval_id=approval_id, decided_by=by)


def take_back(shop, correction_id, reversal_id=None, by=ASKER):
    with unit_of_work(shop.scope) as unit:
        counter = counter_entry(
            unit, correction_id=correction_id, reason=CorrectionReason.SHOPS_MISTAKE, reference="R1"
        )
    return ask(shop, counter, reversal_id, by)


def posted(shop):
    with unit_of_work(shop.scope) as unit:
        return [(each.kind, each.amount.amount) for each in list_corrections(unit)]


def lines_of(shop, correction_id):
    """Return what a correction's journal moves, by account: debit positive."""
    query = text(
        "SELECT c.name, e.amount FROM platform.journal j"
        " JOIN platform.entry e ON e.shop = j.shop AND e.journal_id = j.id"
        " JOIN platform.account a ON a.shop = e.shop AND a.id = e.account_id"
        " JOIN platform.chart c ON c.code = a.code"
        " WHERE j.source_kind = 'correction' AND j.source_id = :id"
    )
    with unit_of_work(shop.scope) as unit:
        return dict(iter(unit.session.execute(query, {"id": str(correction_id)})))


def standing(shop, order_id):
    with unit_of_work(shop.scope) as unit:
        return get_order_standing(unit, order_id=order_id)


def test_each_kind_posts_its_own_balanced_journal(house, order):
    expected = {
        K.COMMISSION_RETURNED: {"deferred_commission": 100, "seller_held": -100},
        K.CREDIT: {"seller_goodwill": 100, "seller_available": -100},
        K.CHARGE: {"seller_receivable": 100, "seller_charges": -100},
        K.WRITE_OFF: {"seller_bad_debt": 100, "seller_receivable": -100},
        K.FEE_ADDED: {"processing_fees": 100, "suspense": -100},
        K.FEE_REMOVED: {"suspense": 100, "processing_fees": -100},
    }
    for kind, moved in expected.items():
        correction_id, waits = ask(house, wish(kind, 100, order))
        assert not waits
        assert lines_of(house, correction_id) == moved, kind
    assert_books_are_right(house)
    with unit_of_work(house.scope) as unit:
        seen = {line.event: line for line in list_statement(unit) if line.correction_id}
    assert set(seen) == {"commission_returned", "credit", "charge", "write_off"}
    assert {e: line.amount.amount for e, line in seen.items()} == {
        "commission_returned": 100, "credit": 100, "charge": -100, "write_off": 100,
    }  # fmt: skip


def test_each_is_taken_back_once_by_a_counter_entry(house, order):
    given = [ask(house, wish(kind, 100, order))[0] for kind in (K.COMMISSION_RETURNED, K.CREDIT)]
    charge = ask(house, wish(K.CHARGE, 100))[0]
    fee = ask(house, wish(K.FEE_ADDED, 100))[0]
    backs = {each: take_back(house, each)[0] for each in (*given, charge, fee)}
    assert lines_of(house, backs[given[0]]) == {
        "seller_receivable": 100, "deferred_commission": -100,
    }  # fmt: skip
    assert lines_of(house, backs[given[1]]) == {"seller_receivable": 100, "seller_goodwill": -100}
    assert lines_of(house, backs[charge]) == {"seller_charges": 100, "seller_receivable": -100}
    assert lines_of(house, backs[fee]) == {"suspense": 100, "processing_fees": -100}
    for each in (charge, backs[charge]):
        with pytest.raises(NotReversibleError):
            take_back(house, each)
    with unit_of_work(house.scope) as unit:
        found = find_correction(unit, charge)
        assert found.reversed_by == backs[charge]
        pairs = unit.session.execute(
            text("SELECT count(*) FROM platform.journal WHERE reverses IS NOT NULL")
        ).scalar_one()
    assert pairs == 4
    assert_books_are_right(house)


def test_a_write_off_taken_back_is_owed_again(house):
    ask(house, wish(K.CHARGE, 300))
    let_go = ask(house, wish(K.WRITE_OFF, 200))[0]
    assert figures(house)[3] == 100
    take_back(house, let_go)
    assert figures(house)[3] == 300
    assert_books_are_right(house)


def test_a_commission_given_back_belongs_to_the_sale_from_then_on(house, order):
    before = standing(house, order)
    ask(house, wish(K.COMMISSION_RETURNED, 500, order))
    after = standing(house, order)
    assert after.seller_left.amount == before.seller_left.amount + 500
    assert after.commission_left.amount == before.commission_left.amount - 500
    settling.refund(house, order, SALE)
    assert figures(house) == (0, 0, 0, 0), "a refund of all of it takes it along"
    assert_books_are_right(house)


def test_more_than_the_commission_cannot_be_given_back(house, order):
    left = standing(house, order).commission_left.amount
    with pytest.raises(NotEnoughInBooksError):
        ask(house, wish(K.COMMISSION_RETURNED, left + 1, order))
    assert posted(house) == []


def test_a_credit_is_paid_out_with_the_order_and_fits_into_its_charge(platform, house, order):
    settling.connect_account(platform, house)
    ask(house, wish(K.CREDIT, 1_000, order))
    now = standing(house, order)
    room = (now.captured - now.refunded - now.seller_left).amount - 1_000
    with pytest.raises(ChargeSpentError):
        ask(house, wish(K.CREDIT, room + 1, order))
    settling.pay_out(house, order)
    transfers = settling.transfers_of(platform, order)
    assert sum(t["amount"] for t in transfers) == now.seller_left.amount + 1_000
    assert figures(house)[1] == 0
    assert_books_are_right(house)


def test_a_credit_that_was_paid_out_is_owed_when_it_is_taken_back(platform, house, order):
    settling.connect_account(platform, house)
    given = ask(house, wish(K.CREDIT, 1_000, order))[0]
    settling.pay_out(house, order)
    take_back(house, given)
    assert figures(house)[3] == 1_000
    second = settling.buy(platform, house, quantity=1)
    drain()
    settling.pay_out(house, second)
    assert figures(house)[3] == 0
    assert_books_are_right(house)


def test_a_charge_is_kept_back_from_what_is_released_next(platform, house, order):
    settling.connect_account(platform, house)
    charge = ask(house, wish(K.CHARGE, 2_000))[0]
    share = standing(house, order).seller_left.amount
    settling.pay_out(house, order)
    assert figures(house) == (0, 0, share - 2_000, 0)
    with pytest.raises(OwesLessError):
        take_back(house, charge)
    assert_books_are_right(house)


def test_no_more_is_written_off_than_the_shop_owes_for_good(platform, house, order):
    """What the provider is bringing back just now is not owed much longer."""
    with pytest.raises(OwesLessError):
        ask(house, wish(K.WRITE_OFF, 1))
    settling.connect_account(platform, house)
    settling.pay_out(house, order)
    ask(house, wish(K.CHARGE, 100))
    with unit_of_work(house.scope) as unit:
        transfer = unit.session.execute(text("SELECT id FROM seller_transfer")).scalar_one()
        unit.session.execute(
            text(
                "INSERT INTO refund (id, payment_id, subject_id, state, currency, amount, reason,"
                " asked_by, asked_at, changed_at) SELECT :id, id, subject_id, 'asked', 'EUR', 50,"
                " 'other', 'test', :now, :now FROM payment"
            ),
            {"id": (refund := new_id()), "now": unit.now},
        )
        unit.session.execute(
            text(
                "INSERT INTO transfer_reversal (id, transfer_id, subject_id, refund_id, state,"
                " currency, amount, planned_at, changed_at)"
                " VALUES (:id, :transfer, :order, :refund, 'planned', 'EUR', 50, :now, :now)"
            ),
            {"id": new_id(), "transfer": transfer, "order": order, "refund": refund,
             "now": unit.now},
        )  # fmt: skip
    with pytest.raises(OwesLessError):
        ask(house, wish(K.WRITE_OFF, 51))
    ask(house, wish(K.WRITE_OFF, 50))


def test_a_refund_that_came_back_is_sent_by_bank_and_no_more_than_it(platform, house, order):
    with pytest.raises(NotEnoughInBooksError):
        ask(house, wish(K.BUYER_REPAID, 1, order))
    with unit_of_work(house.scope) as unit:
        unit.session.execute(
            text("SELECT platform.post_refund(:id, :order, 'EUR', 900, 100, 0, :now)"),
            {"id": new_id(), "order": order, "now": unit.now},
        )
        for function in ("post_refund_succeeded", "post_refund_failed"):
            unit.session.execute(
                text(f"SELECT platform.{function}(:source, :order, 'EUR', 1000, :now)"),
                {"source": function, "order": order, "now": unit.now},
            )
    sent = ask(house, wish(K.BUYER_REPAID, 1_000, order))[0]
    assert lines_of(house, sent) == {"customer_credit": 1_000, "bank": -1_000}
    take_back(house, sent)


def test_kinds_of_an_order_need_one_of_this_shop_and_others_take_none(platform, house, order, shop):
    for order_id in (None, new_id()):
        with pytest.raises(CorrectionOrderError):
            ask(house, wish(K.CREDIT, 100, order_id))
    with pytest.raises(CorrectionOrderError):
        ask(shop, wish(K.CREDIT, 100, order))
    with pytest.raises(CorrectionOrderError):
        ask(house, CorrectionWish(K.CHARGE, Money(1, "EUR"), CorrectionReason.GOODWILL, "1", order))


def test_above_the_limit_another_person_approves_and_it_is_posted_once(house):
    correction_id, waits = ask(house, wish(K.CHARGE, LIMIT + 1))
    assert waits
    assert ask(house, wish(K.CHARGE, LIMIT + 1), correction_id) == (correction_id, True)
    assert posted(house) == []
    with pytest.raises(OwnApprovalError):
        approve(house, correction_id, by=ASKER)
    approve(house, correction_id)
    with pytest.raises(ApprovalDecidedError):
        approve(house, correction_id, by=new_id())
    with unit_of_work(house.scope) as unit:
        found = find_correction(unit, correction_id)
    assert (found.posted_by, found.approved_by) == (ASKER, OTHER)
    assert posted(house) == [(K.CHARGE, LIMIT + 1)]
    assert_books_are_right(house)


def test_a_counter_entry_above_the_limit_takes_two_people_as_well(house):
    correction_id, _ = ask(house, wish(K.CHARGE, LIMIT + 1))
    approve(house, correction_id)
    first, waits = take_back(house, correction_id)
    second, _ = take_back(house, correction_id)
    assert waits
    approve(house, first)
    with pytest.raises(NotReversibleError):
        approve(house, second)
    with unit_of_work(house.scope) as unit:
        assert get_approval(unit, second).state is ApprovalState.PENDING
    assert figures(house)[3] == 0
    assert_books_are_right(house)


def test_a_large_correction_is_not_written_in_small_ones(house):
    assert not ask(house, wish(K.CHARGE, LIMIT - 100))[1]
    assert ask(house, wish(K.CHARGE, 101), by=OTHER)[1], "by nobody"
    assert not ask(house, wish(K.CHARGE, 100))[1]
    clock.move(COUNTED_FOR + timedelta(minutes=1))
    assert not ask(house, wish(K.CHARGE, 101))[1]


def test_what_the_books_no_longer_take_is_not_approved_either(house):
    ask(house, wish(K.CHARGE, LIMIT))
    clock.move(COUNTED_FOR + timedelta(minutes=1))
    approve(house, ask(house, wish(K.CHARGE, LIMIT + 1))[0])
    first, second = (ask(house, wish(K.WRITE_OFF, LIMIT + 1))[0] for _ in range(2))
    approve(house, first)
    with pytest.raises(OwesLessError):
        approve(house, second)
    with unit_of_work(house.scope) as unit:
        assert get_approval(unit, second).state is ApprovalState.PENDING


ROW = (
    "INSERT INTO platform.correction (id, kind, currency, amount, reason, reference, posted_by,"
    " approved_by, alone_up_to, posted_at) VALUES (:id, 'charge', 'EUR', :amount, 'agreement',"
    " :reference, :by, :approved, :alone, :now)"
)


def insert(unit, **other):
    facts = {"id": new_id(), "amount": 100, "reference": "A1", "by": ASKER, "approved": None,
             "alone": 100, "now": unit.now, **other}  # fmt: skip
    unit.session.execute(text(ROW), facts)
    return facts["id"]


def test_the_database_refuses_it_too(house):
    wrongs = (
        {"amount": 101}, {"approved": OTHER}, {"approved": ASKER}, {"amount": 0},
        {"reference": "Ada Lovelace"}, {"reference": "ADA"}, {"reference": ""},
        {"reference": "ada@example.com1"},
    )  # fmt: skip
    for wrong in wrongs:
        with pytest.raises(IntegrityError, match="check"), unit_of_work(house.scope) as unit:
            insert(unit, **wrong)


def test_neither_a_row_nor_a_journal_stands_alone(house):
    with pytest.raises(IntegrityError, match="has no journal"), unit_of_work(house.scope) as unit:
        insert(unit)
    with pytest.raises(DBAPIError, match="nobody asked"), unit_of_work(house.scope) as unit:
        unit.session.execute(
            text("SELECT platform.post_correction(:id, :now)"), {"id": new_id(), "now": unit.now}
        )
    made = ask(house, wish(K.CHARGE, 100))[0]
    for change in ("UPDATE platform.correction SET amount = 1", "DELETE FROM platform.correction"):
        with pytest.raises(DBAPIError), unit_of_work(house.scope) as unit:
            unit.session.execute(text(f"{change} WHERE id = :id"), {"id": made})


def test_the_invariants_find_a_correction_that_was_changed(platform, house):
    """As a person with the database's own password could."""
    made = ask(house, wish(K.CHARGE, 100))[0]
    with psycopg.connect(platform.server.cells[house.cell], autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("UPDATE platform.correction SET amount = 99 WHERE id = %s", [made])
        try:
            with unit_of_work(house.scope) as unit:
                broken = [finding.name for finding in check_books(unit) if finding.shops]
        finally:
            connection.execute("UPDATE platform.correction SET amount = 100 WHERE id = %s", [made])
    assert broken == ["I9 corrections"]


def at_once(shop, amount, ids):
    start = threading.Barrier(len(ids))

    def post(correction_id):
        with unit_of_work(shop.scope) as unit:
            unit.session.execute(text("SELECT 1"))
            start.wait()
            ask_correction(
                unit, correction_id=correction_id, wish=wish(K.CHARGE, amount), asked_by=ASKER
            )

    threads = [threading.Thread(target=post, args=(each,)) for each in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return posted(shop)


@pytest.fixture
def without(request):
    disable_guards(frozenset(guard.value for guard in request.param))
    yield
    disable_guards(frozenset())


def test_clicked_eight_times_at_once_it_is_posted_once(house):
    assert at_once(house, 100, [new_id()] * 8) == [(K.CHARGE, 100)]


@pytest.mark.parametrize("without", [[Guard.IDEMPOTENCY]], indirect=True)
def test_control_without_the_key_of_the_form_it_is_posted_again(house, without):
    assert len(at_once(house, 100, [new_id()] * 8)) > 1


def test_small_ones_at_once_stay_within_what_one_person_may(house):
    found = at_once(house, LIMIT // 2, [new_id() for _ in range(8)])
    assert sum(amount for _, amount in found) == LIMIT


@pytest.mark.parametrize("without", [[Guard.CORRECTION_LOCK]], indirect=True)
def test_control_without_the_lock_they_go_past_it(house, without):
    found = at_once(house, LIMIT // 2, [new_id() for _ in range(8)])
    assert sum(amount for _, amount in found) > LIMIT

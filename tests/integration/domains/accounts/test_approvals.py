"""Four eyes: never the one who asked, once, in time, and not in small amounts either."""

import threading
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.domains.accounts.approvals import operations as approvals
from app.domains.accounts.approvals.errors import ApprovalDecidedError, OwnApprovalError
from app.domains.accounts.approvals.queries import get_approval, list_approvals
from app.domains.accounts.approvals.rules import (
    APPROVAL_LIFE,
    ApprovalKind,
    ApprovalState,
    Side,
    limit_for,
)
from app.domains.fulfilment.approving import approve_refund, ask_refund_or_approval
from app.domains.fulfilment.correcting import ask_correction
from app.domains.fulfilment.errors import ApprovalNeededError
from app.domains.fulfilment.refunding.asking import Wish, ask_refund
from app.domains.fulfilment.refunding.pursuing import pursue_refund
from app.domains.ledger.corrections.rules import (
    CorrectionKind,
    CorrectionReason,
    CorrectionWish,
)
from app.domains.payments.errors import RefundTooLargeError
from app.domains.payments.refunds.queries import list_refunds
from app.domains.payments.refunds.rules import RefundReason
from app.foundation.clock import clock
from app.foundation.database import PlatformScope
from app.foundation.errors import NotFoundError
from app.foundation.guards import Guard, disable_guards
from app.foundation.identifiers import new_id
from app.foundation.money import Money
from app.foundation.unit_of_work import unit_of_work
from tests.conftest import drain, open_shop
from tests.functional import settling

ASKER, OTHER = new_id(), new_id()
LARGE = limit_for("EUR").amount + 1


@pytest.fixture(scope="module")
def house(platform):
    """A shop whose pieces cost enough for a second person."""
    return open_shop("house-of-four-eyes", platform, stock=200)


@pytest.fixture
def order(platform, house):
    """Fifteen necklaces: 1,267.50."""
    order_id = settling.buy(platform, house, quantity=15)
    drain()
    return order_id


def wish(amount):
    return Wish(RefundReason.RETURNED, amount=Money(amount, "EUR"))


def ask(shop, order_id, amount, refund_id=None, by=ASKER):
    with unit_of_work(shop.scope) as unit:
        return ask_refund_or_approval(
            unit, refund_id=refund_id or new_id(), order_id=order_id, wish=wish(amount), asked_by=by
        )


def ask_charge(shop):
    """Ask for a charge of the shop, a journal by hand, that waits for a second person."""
    approval_id = new_id()
    amount = Money(LARGE, "EUR")
    charge = CorrectionWish(CorrectionKind.CHARGE, amount, CorrectionReason.AGREEMENT, "FIN-1")
    with unit_of_work(shop.scope) as unit:
        assert ask_correction(unit, correction_id=approval_id, wish=charge, asked_by=ASKER)
    return approval_id


def approve(shop, approval_id, by=OTHER, side=Side.SHOP):
    with unit_of_work(shop.scope) as unit:
        return approve_refund(unit, approval_id=approval_id, decided_by=by, decided_for=side)


def decline(shop, approval_id, by=OTHER):
    with unit_of_work(shop.scope) as unit:
        approvals.decline(
            unit, approval_id=approval_id, kind=ApprovalKind.REFUND, decided_by=by,
            decided_for=Side.SHOP,
        )  # fmt: skip


def refunds_of(shop, order_id):
    with unit_of_work(shop.scope) as unit:
        return [(r.id, r.amount.amount) for r in list_refunds(unit, subject_id=order_id)]


def state_of(shop, approval_id):
    with unit_of_work(shop.scope) as unit:
        return get_approval(unit, approval_id).state


def test_up_to_the_limit_one_person_is_enough(house, order):
    asked = ask(house, order, limit_for("EUR").amount)
    assert not asked.is_waiting
    assert refunds_of(house, order) == [(asked.refund_id, limit_for("EUR").amount)]


def test_above_it_another_person_approves_and_it_runs_once(house, order):
    asked = ask(house, order, LARGE)
    assert asked.is_waiting
    assert ask(house, order, LARGE, asked.refund_id) == asked, "a second click"
    assert refunds_of(house, order) == []
    assert approve(house, asked.refund_id) == asked.refund_id
    with pytest.raises(ApprovalDecidedError):
        approve(house, asked.refund_id, by=new_id())
    assert pursue_refund(house.scope, refund_id=asked.refund_id).value == "succeeded"
    assert refunds_of(house, order) == [(asked.refund_id, LARGE)]
    with unit_of_work(house.scope) as unit:
        known = get_approval(unit, asked.refund_id)
    assert (known.state, known.asked_by, known.decided_by) == (
        ApprovalState.APPROVED, ASKER, OTHER,
    )  # fmt: skip


def test_nobody_approves_or_declines_what_they_asked_for(house, order):
    asked = ask(house, order, LARGE)
    for side in Side:
        with pytest.raises(OwnApprovalError):
            approve(house, asked.refund_id, by=ASKER, side=side)
    with pytest.raises(OwnApprovalError):
        decline(house, asked.refund_id, by=ASKER)
    assert state_of(house, asked.refund_id) is ApprovalState.PENDING
    assert refunds_of(house, order) == []


def test_the_database_refuses_it_too(house, order):
    asked = ask(house, order, LARGE)
    update = text(
        "UPDATE platform.approval SET state = :state, decided_by = :by, decided_for = 'shop',"
        " decided_at = :at WHERE id = :id"
    )
    with unit_of_work(house.scope) as unit:
        good = {"state": "approved", "by": OTHER, "at": unit.now, "id": asked.refund_id}
    late = {**good, "at": good["at"] + APPROVAL_LIFE}
    for bad in ({**good, "by": ASKER}, {**good, "state": "withdrawn"}, late):
        with pytest.raises(IntegrityError), unit_of_work(house.scope) as unit:
            unit.session.execute(update, bad)
    with unit_of_work(house.scope) as unit:
        unit.session.execute(update, good)
    with pytest.raises(IntegrityError), unit_of_work(house.scope) as unit:
        unit.session.execute(update, {**good, "state": "declined"})


def test_a_large_amount_does_not_go_in_small_ones(house, order):
    first = ask(house, order, 30_000)
    assert not first.is_waiting
    second = ask(house, order, 30_000)
    assert second.is_waiting
    approve(house, second.refund_id)
    assert not ask(house, order, 20_000).is_waiting, "what another approved does not count"
    assert ask(house, order, 1).is_waiting


def test_the_operation_itself_refuses_a_large_amount(house, order):
    """Whoever calls it: a view, a program's token, a job in a person's name."""
    with pytest.raises(ApprovalNeededError), unit_of_work(house.scope) as unit:
        ask_refund(unit, refund_id=new_id(), order_id=order, wish=wish(LARGE), asked_by=str(ASKER))


def test_declined_and_withdrawn_are_over(house, order):
    declined, withdrawn = ask(house, order, LARGE), ask(house, order, LARGE)
    decline(house, declined.refund_id)
    with pytest.raises(ApprovalDecidedError), unit_of_work(house.scope) as unit:
        approvals.withdraw_approval(
            unit, approval_id=withdrawn.refund_id, kind=ApprovalKind.REFUND, person_id=OTHER
        )
    with unit_of_work(house.scope) as unit:
        approvals.withdraw_approval(
            unit, approval_id=withdrawn.refund_id, kind=ApprovalKind.REFUND, person_id=ASKER
        )
    for asked in (declined, withdrawn):
        with pytest.raises(ApprovalDecidedError):
            approve(house, asked.refund_id)
    assert refunds_of(house, order) == []


def test_after_seven_days_it_is_over(house, order):
    asked = ask(house, order, LARGE)
    try:
        clock.move(APPROVAL_LIFE - timedelta(minutes=1))
        assert state_of(house, asked.refund_id) is ApprovalState.PENDING
        clock.move(timedelta(minutes=2))
        assert state_of(house, asked.refund_id) is ApprovalState.EXPIRED
        with pytest.raises(ApprovalDecidedError):
            approve(house, asked.refund_id)
    finally:
        clock.reset()


def test_what_can_no_longer_be_given_back_is_not_approved_either(house, order):
    asked, rest = ask(house, order, 100_000), ask(house, order, 100_000)
    approve(house, asked.refund_id)
    with pytest.raises(RefundTooLargeError):
        approve(house, rest.refund_id)
    assert state_of(house, rest.refund_id) is ApprovalState.PENDING


def test_another_shops_wish_is_not_found(platform, house, order, shop):
    asked = ask(house, order, LARGE)
    with pytest.raises(NotFoundError):
        approve(shop, asked.refund_id)
    with unit_of_work(shop.scope) as unit:
        assert list_approvals(unit, kind=ApprovalKind.REFUND) == []
    with unit_of_work(PlatformScope(house.cell, "platform_reader")) as unit:
        assert asked.refund_id in {
            each.id for each in list_approvals(unit, kind=ApprovalKind.REFUND)
        }


def test_a_journal_waits_in_the_same_way(house):
    approval_id = ask_charge(house)
    with unit_of_work(house.scope) as unit:
        with pytest.raises(OwnApprovalError):
            approvals.approve(
                unit,
                approval_id=approval_id,
                kind=ApprovalKind.JOURNAL,
                decided_by=ASKER,
                decided_for=Side.PLATFORM,
            )
        approvals.approve(
            unit,
            approval_id=approval_id,
            kind=ApprovalKind.JOURNAL,
            decided_by=OTHER,
            decided_for=Side.PLATFORM,
        )
    assert state_of(house, approval_id) is ApprovalState.APPROVED


def test_who_decides_on_refunds_does_not_decide_on_a_journal(house):
    """A shop's own people approve refunds; the platform's books are not theirs."""
    approval_id = ask_charge(house)
    for attempt in (approve, decline):
        with pytest.raises(NotFoundError):
            attempt(house, approval_id)
    with pytest.raises(NotFoundError), unit_of_work(house.scope) as unit:
        approvals.withdraw_approval(
            unit, approval_id=approval_id, kind=ApprovalKind.REFUND, person_id=ASKER
        )
    assert state_of(house, approval_id) is ApprovalState.PENDING


def decide_at_once(shop, approval_id):
    """Four people approve and four decline at once; return whose decision counted."""
    counted, start = [], threading.Barrier(8)

    def decide(number):
        person = new_id()
        try:
            with unit_of_work(shop.scope) as unit:
                get_approval(unit, approval_id)
                start.wait()
                verdict = approvals.approve if number % 2 else approvals.decline
                verdict(
                    unit, approval_id=approval_id, kind=ApprovalKind.REFUND, decided_by=person,
                    decided_for=Side.SHOP,
                )  # fmt: skip
        except ApprovalDecidedError:
            return
        counted.append(person)

    threads = [threading.Thread(target=decide, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return counted


def test_of_eight_decisions_at_once_one_counts(house, order):
    assert len(decide_at_once(house, ask(house, order, LARGE).refund_id)) == 1


@pytest.fixture
def unguarded(platform):
    """Neither the lock nor the database's own refusal of a second decision."""
    with psycopg.connect(platform.server.cells["main"], autocommit=True) as connection:
        connection.execute("ALTER TABLE platform.approval DISABLE TRIGGER keep_decision")
        disable_guards(frozenset({Guard.APPROVAL_LOCK.value}))
        yield
        disable_guards(frozenset())
        connection.execute("ALTER TABLE platform.approval ENABLE TRIGGER keep_decision")


def test_control_without_the_lock_several_count(house, order, unguarded):
    assert len(decide_at_once(house, ask(house, order, LARGE).refund_id)) > 1

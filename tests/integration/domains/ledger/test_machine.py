"""Any order of postings: what the books say equals a model that knows no accounts, and every rule holds.

Small sizes with every change, 2,000 sequences with --nightly (promises.md, R6).
"""

import secrets
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from app.domains.fulfilment.correcting import approve_correction, ask_correction, counter_entry
from app.domains.ledger.corrections.errors import NotReversibleError, OwesLessError
from app.domains.ledger.corrections.operations import lock_corrections, post_correction
from app.domains.ledger.corrections.rules import (
    OF_AN_ORDER,
    CorrectionKind,
    CorrectionReason,
    CorrectionWish,
)
from app.domains.ledger.errors import (
    ChargeSpentError,
    NotEnoughInBooksError,
    PostedDifferentlyError,
)
from app.domains.ledger.invariants import check_books
from app.foundation.identifiers import new_id
from app.foundation.unit_of_work import unit_of_work
from tests.conftest import open_shop
from tests.integration.domains.ledger.story import Story, euros, transaction

share = st.integers(0, 100)
PARTS = ("seller", "commission", "tax")
ASKER, OTHER = new_id(), new_id()
K = CorrectionKind


class Order:
    """The model of one order: who has what, in plain numbers."""

    def __init__(self, scope, authorised, parts):
        self.story = Story(scope)
        self.authorised, self.parts = authorised, parts
        self.is_authorised = self.is_captured = self.is_voided = self.is_released = False
        self.left = dict.fromkeys(PARTS, 0)
        self.held = self.available = self.deferred = self.transferred = 0
        self.refunded = self.pending = self.sent = self.credited = self.on_top = 0
        self.again = []
        self.otherwise = []

    def capture(self):
        self.is_captured = True
        self.left = dict(zip(PARTS, self.parts, strict=True))
        self.held, self.deferred = self.left["seller"], self.left["commission"]

    def refund(self, parts):
        """Take the seller's part where it is; return what the seller owes of it."""
        for name, amount in zip(PARTS, parts, strict=True):
            self.left[name] -= amount
        seller, commission, _ = parts
        from_held = min(seller, self.held)
        from_available = min(seller - from_held, self.available)
        self.held -= from_held
        self.available -= from_available
        self.deferred -= min(commission, self.deferred)
        self.refunded += sum(parts)
        self.pending += sum(parts)
        return seller - from_held - from_available

    @property
    def room(self):
        """What may still be credited on top: no more than is left of the charge beside the seller's."""
        return max(sum(self.left.values()) - self.left["seller"] - self.on_top, 0)


class Correction:
    """The model of one correction by hand, and what it does to its order and to what is owed."""

    def __init__(self, kind, amount, order=None):
        self.kind, self.amount, self.order = kind, amount, order
        self.correction_id, self.is_taken_back = new_id(), False

    def wish(self):
        return CorrectionWish(
            self.kind, euros(self.amount), CorrectionReason.OUR_MISTAKE, "FIN-2026/118",
            order_id=self.order.story.order_id if self.order else None,
        )  # fmt: skip

    def post(self, scope):
        """Post it: through both eyes where it needs no order of a real shop, else in the books alone."""
        correct(scope, self.correction_id, self.wish())
        return self.move_of_order(1) + self.owes(1)

    def take_back(self, scope):
        """Post the counter-entry; nothing that may be on its way to the seller is taken for it."""
        with unit_of_work(scope) as unit:
            counter = counter_entry(
                unit, correction_id=self.correction_id, reason=CorrectionReason.SHOPS_MISTAKE,
                reference="R1",
            )  # fmt: skip
        correct(scope, new_id(), counter)
        self.is_taken_back = True
        return self.move_of_order(-1) + self.owes(-1)

    def owes(self, way):
        return way * self.amount * {K.CHARGE: 1, K.WRITE_OFF: -1}.get(self.kind, 0)

    def move_of_order(self, way):
        """Change the order; return what the seller owes of it."""
        order, amount = self.order, self.amount
        if self.kind is K.BUYER_REPAID:
            order.credited -= way * amount
        if self.kind is K.CREDIT:
            order.on_top += way * amount
            order.available += amount if way > 0 else 0
        if self.kind is K.COMMISSION_RETURNED:
            order.left["commission"] -= way * amount
            order.left["seller"] += way * amount
            order.deferred -= 0 if order.is_released else way * amount
            order.available += amount if way > 0 and order.is_released else 0
            order.held += amount if way > 0 and not order.is_released else 0
        is_owed = way < 0 and self.kind in {K.CREDIT, K.COMMISSION_RETURNED}
        return amount if is_owed else 0


def correct(scope, correction_id, wish):
    """Post a wish; a second person approves what is too much for one."""
    with unit_of_work(scope) as unit:
        if wish.kind in OF_AN_ORDER:
            lock_corrections(unit, shop=scope.role)
            post_correction(
                unit, correction_id=correction_id, wish=wish, posted_by=ASKER, approved_by=None,
                alone_up_to=wish.amount,
            )  # fmt: skip
            return
        waits = ask_correction(unit, correction_id=correction_id, wish=wish, asked_by=ASKER)
    if waits:
        with unit_of_work(scope) as unit:
            approve_correction(unit, approval_id=correction_id, decided_by=OTHER)


class Postings(RuleBasedStateMachine):
    """Orders of one shop, posted in any order a caller could think of, and some it should not."""

    scope: ClassVar = None

    def __init__(self):
        super().__init__()
        self.orders, self.corrections = [], []

    @initialize()
    def look(self):
        """The shop has a past: each sequence is compared with where it began, and begins with a sale.

        What was owed before is left alone: a choice that depended on it could not be played again.
        """
        self.before = Story(self.scope).sheet()
        self.owed = 0
        order = Order(self.scope, 5500, (4000, 500, 900))
        order.story.authorise(order.authorised).capture(order.parts, authorised=order.authorised)
        order.is_authorised = True
        order.capture()
        self.orders.append(order)

    def pick(self, data, condition):
        return data.draw(st.sampled_from([order for order in self.orders if condition(order)]))

    def any_order(self, condition):
        return any(condition(order) for order in self.orders)

    @rule(seller=st.integers(0, 5000), commission=st.integers(0, 900), tax=st.integers(1, 900),
          rest=st.integers(0, 200))  # fmt: skip
    def authorise(self, seller, commission, tax, rest):
        order = Order(self.scope, seller + commission + tax + rest, (seller, commission, tax))
        order.story.authorise(order.authorised)
        order.again.append(lambda: order.story.authorise(order.authorised))
        order.otherwise.append(lambda: order.story.authorise(order.authorised + 1))
        order.is_authorised = True
        self.orders.append(order)

    @precondition(lambda self: self.any_order(is_open))
    @rule(data=st.data())
    def void(self, data):
        order = self.pick(data, is_open)
        order.story.void(order.authorised)
        order.again.append(lambda: order.story.void(order.authorised))
        order.is_voided = True

    @precondition(lambda self: self.any_order(is_open))
    @rule(data=st.data())
    def capture(self, data):
        order = self.pick(data, is_open)

        def again():
            order.story.capture(order.parts, authorised=order.authorised)

        def otherwise():
            seller, commission, tax = order.parts
            order.story.capture((seller + 1, commission, tax - 1), authorised=order.authorised)

        again()
        order.again.append(again)
        order.otherwise.append(otherwise)
        order.capture()

    @precondition(lambda self: self.any_order(lambda order: order.is_voided))
    @rule(data=st.data())
    def capture_what_was_voided(self, data):
        order = self.pick(data, lambda order: order.is_voided)
        with pytest.raises(NotEnoughInBooksError):
            order.story.capture(order.parts, authorised=order.authorised)

    @precondition(lambda self: self.any_order(can_release))
    @rule(data=st.data(), seller=share, commission=share)
    def release(self, data, seller, commission):
        order = self.pick(data, can_release)
        amounts = order.held * seller // 100, order.deferred * commission // 100
        if not any(amounts):
            return
        order.story.release(*amounts)
        order.again.append(lambda: order.story.release(*amounts))
        order.otherwise.append(lambda: order.story.release(amounts[0] + 1, amounts[1]))
        order.is_released = True
        order.held -= amounts[0]
        order.available += amounts[0]
        order.deferred -= amounts[1]

    @precondition(lambda self: self.any_order(lambda order: order.available))
    @rule(data=st.data(), part=share)
    def transfer(self, data, part):
        order = self.pick(data, lambda order: order.available)
        amount, name = max(1, order.available * part // 100), new_id()
        order.story.transfer(amount, transfer_id=name)
        order.again.append(lambda: order.story.transfer(amount, transfer_id=name))
        order.otherwise.append(lambda: order.story.transfer(amount + 1, transfer_id=name))
        order.available -= amount
        order.transferred += amount

    @precondition(lambda self: self.any_order(lambda order: order.is_captured))
    @rule(data=st.data(), beyond=st.integers(1, 50))
    def transfer_too_much(self, data, beyond):
        order = self.pick(data, lambda order: order.is_captured)
        with pytest.raises(NotEnoughInBooksError):
            order.story.transfer(order.available + beyond)

    @precondition(lambda self: self.any_order(has_left))
    @rule(data=st.data(), shares=st.tuples(share, share, share))
    def refund(self, data, shares):
        order = self.pick(data, has_left)
        parts = tuple(
            order.left[name] * part // 100 for name, part in zip(PARTS, shares, strict=True)
        )
        if not any(parts):
            return
        name = new_id()
        order.story.refund(parts, refund_id=name)
        order.again.append(lambda: order.story.refund(parts, refund_id=name))
        order.otherwise.append(
            lambda: order.story.refund((parts[0], parts[1], parts[2] + 1), refund_id=name)
        )
        self.owed += order.refund(parts)

    @precondition(lambda self: self.any_order(lambda order: order.is_captured))
    @rule(data=st.data(), name=st.sampled_from(PARTS), beyond=st.integers(1, 50))
    def refund_too_much(self, data, name, beyond):
        order = self.pick(data, lambda order: order.is_captured)
        parts = tuple(order.left[each] + (beyond if each == name else 0) for each in PARTS)
        with pytest.raises(NotEnoughInBooksError):
            order.story.refund(parts)

    @precondition(lambda self: self.any_order(lambda order: order.pending))
    @rule(data=st.data())
    def refund_succeeds(self, data):
        order = self.pick(data, lambda order: order.pending)
        amount, name = order.pending, transaction()
        order.story.refund_succeeds(name, amount)
        order.again.append(lambda: order.story.refund_succeeds(name, amount))
        order.pending = 0
        order.sent += amount

    @precondition(lambda self: self.any_order(lambda order: order.sent))
    @rule(data=st.data(), part=share)
    def refund_fails(self, data, part):
        order = self.pick(data, lambda order: order.sent)
        amount = max(1, order.sent * part // 100)
        order.story.refund_fails(transaction(), amount)
        order.sent -= amount
        order.credited += amount

    @precondition(lambda self: self.owed and self.any_order(lambda order: order.available))
    @rule(data=st.data())
    def net(self, data):
        order = self.pick(data, lambda order: order.available)
        amount = min(order.available, self.owed)
        order.story.net(amount)
        order.available -= amount
        self.owed -= amount

    @precondition(lambda self: self.owed and self.any_order(lambda order: order.transferred))
    @rule(data=st.data())
    def reverse(self, data):
        order = self.pick(data, lambda order: order.transferred)
        amount = min(order.transferred, self.owed)
        order.story.reverse(amount)
        order.transferred -= amount
        self.owed -= amount

    def correct(self, kind, amount, order=None):
        correction = Correction(kind, amount, order)
        self.owed += correction.post(self.scope)
        self.corrections.append(correction)

    @rule(kind=st.sampled_from([K.CHARGE, K.FEE_ADDED, K.FEE_REMOVED]),
          amount=st.integers(1, 20_000))  # fmt: skip
    def correct_without_an_order(self, kind, amount):
        self.correct(kind, amount)

    @precondition(lambda self: self.owed)
    @rule(part=share)
    def write_off(self, part):
        self.correct(K.WRITE_OFF, max(1, self.owed * part // 100))

    @precondition(lambda self: self.any_order(lambda order: order.left["commission"]))
    @rule(data=st.data(), part=share)
    def give_commission_back(self, data, part):
        order = self.pick(data, lambda order: order.left["commission"])
        self.correct(K.COMMISSION_RETURNED, max(1, order.left["commission"] * part // 100), order)

    @precondition(lambda self: self.any_order(lambda order: order.room))
    @rule(data=st.data(), part=share)
    def credit(self, data, part):
        order = self.pick(data, lambda order: order.room)
        self.correct(K.CREDIT, max(1, order.room * part // 100), order)

    @precondition(lambda self: self.any_order(lambda order: order.credited))
    @rule(data=st.data(), part=share)
    def repay_the_buyer(self, data, part):
        order = self.pick(data, lambda order: order.credited)
        self.correct(K.BUYER_REPAID, max(1, order.credited * part // 100), order)

    @precondition(lambda self: self.any_order(lambda order: order.is_captured))
    @rule(data=st.data(), beyond=st.integers(1, 50),
          kind=st.sampled_from([*sorted(OF_AN_ORDER), K.WRITE_OFF]))  # fmt: skip
    def correct_too_much(self, data, beyond, kind):
        order = self.pick(data, lambda order: order.is_captured)
        most = {K.COMMISSION_RETURNED: order.left["commission"], K.CREDIT: order.room,
                K.BUYER_REPAID: order.credited,
                K.WRITE_OFF: self.before.owed.amount + self.owed}[kind]  # fmt: skip
        refused = {K.CREDIT: ChargeSpentError, K.WRITE_OFF: OwesLessError}
        with pytest.raises(refused.get(kind, NotEnoughInBooksError)):
            Correction(kind, most + beyond, order if kind in OF_AN_ORDER else None).post(self.scope)

    @precondition(lambda self: any(map(self.can_take_back, self.corrections)))
    @rule(data=st.data())
    def take_back(self, data):
        found = data.draw(st.sampled_from(list(filter(self.can_take_back, self.corrections))))
        self.owed += found.take_back(self.scope)

    def can_take_back(self, found):
        """What the seller does not have of the sale any more, or owe, cannot be taken back."""
        if found.kind is K.COMMISSION_RETURNED and found.order.left["seller"] < found.amount:
            return False
        return not found.is_taken_back and self.owed + found.owes(-1) >= 0

    @precondition(lambda self: any(is_spent(found) for found in self.corrections))
    @rule(data=st.data())
    def take_back_what_was_spent(self, data):
        found = data.draw(st.sampled_from(list(filter(is_spent, self.corrections))))
        with pytest.raises(NotEnoughInBooksError):
            found.take_back(self.scope)

    @precondition(lambda self: any(found.is_taken_back for found in self.corrections))
    @rule(data=st.data())
    def take_back_twice(self, data):
        over = [found for found in self.corrections if found.is_taken_back]
        with pytest.raises(NotReversibleError):
            data.draw(st.sampled_from(over)).take_back(self.scope)

    @precondition(lambda self: any(not found.order for found in self.corrections))
    @rule(data=st.data())
    def ask_for_a_correction_again(self, data):
        """The same id is the same wish: the counter-entry changes nothing of that either."""
        found = data.draw(st.sampled_from([c for c in self.corrections if not c.order]))
        with unit_of_work(self.scope) as unit:
            ask_correction(
                unit, correction_id=found.correction_id, wish=found.wish(), asked_by=ASKER
            )

    @precondition(lambda self: self.any_order(lambda order: order.again))
    @rule(data=st.data())
    def post_again(self, data):
        data.draw(st.sampled_from(self.pick(data, lambda order: order.again).again))()

    @precondition(lambda self: self.any_order(lambda order: order.otherwise))
    @rule(data=st.data())
    def post_otherwise(self, data):
        order = self.pick(data, lambda order: order.otherwise)
        with pytest.raises(PostedDifferentlyError):
            data.draw(st.sampled_from(order.otherwise))()

    @invariant()
    def books_say_the_same(self):
        for order in self.orders[-3:]:
            stands = order.story.standing()
            assert {name: getattr(stands, f"{name}_left").amount for name in PARTS} == order.left
            assert (stands.held, stands.available, stands.deferred) == tuple(
                map(euros, (order.held, order.available, order.deferred))
            )
            assert (stands.refunded, stands.refund_pending) == tuple(
                map(euros, (order.refunded, order.pending))
            )
            is_open_now = order.is_authorised and not (order.is_captured or order.is_voided)
            assert stands.open_authorisation.amount == order.authorised * is_open_now
            assert stands.transferred == euros(order.transferred)
            assert stands.clearing == euros(0)

    def teardown(self):
        if not (self.orders or self.corrections):
            return
        sheet = Story(self.scope).sheet()
        assert (sheet.owed - self.before.owed).amount == self.owed
        assert (sheet.held - self.before.held).amount == sum(order.held for order in self.orders)
        assert (sheet.available - self.before.available).amount == sum(
            order.available for order in self.orders
        )
        assert (sheet.paid_out - self.before.paid_out).amount == sum(
            order.transferred for order in self.orders
        )
        with unit_of_work(self.scope) as unit:
            broken = [finding for finding in check_books(unit) if not finding.holds]
        assert broken == []


def is_spent(found):
    is_commission = found.kind is K.COMMISSION_RETURNED and not found.is_taken_back
    return is_commission and found.order.left["seller"] < found.amount


def is_open(order):
    return not order.is_captured and not order.is_voided


def can_release(order):
    return order.is_captured and not order.is_released and (order.held or order.deferred)


def has_left(order):
    return any(order.left.values())


@pytest.fixture
def machine(platform):
    class OfOneShop(Postings):
        scope = open_shop(f"machine-{secrets.token_hex(4)}", platform).scope

    return OfOneShop


def play(machine, sequences, steps):
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=sequences, stateful_step_count=steps, deadline=None, database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip


def test_any_order_of_postings(machine):
    play(machine, 40, 20)


@pytest.mark.nightly
@pytest.mark.timeout(3600)
def test_two_thousand_sequences(machine):
    play(machine, 2000, 30)

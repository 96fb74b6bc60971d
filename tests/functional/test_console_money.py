"""The merchant's pages about money: sending, giving back, the balance with what is held and why."""

import re
import threading
from datetime import timedelta

import pytest

from app.domains.accounts.factors.operations.changes import pause_payouts
from app.domains.accounts.factors.rules import PauseReason
from app.domains.accounts.rules import Role
from app.domains.payments.queries import find_payment_of
from app.domains.payments.refunds.queries import list_refunds
from app.foundation.clock import clock
from app.foundation.database import directory_scope
from app.foundation.guards import Guard, disable_guards
from app.foundation.identifiers import new_id
from app.foundation.unit_of_work import unit_of_work
from tests.conftest import drain
from tests.functional import settling
from tests.functional.signing_in import sign_in_as


def signed_in(platform, shop, role=Role.OWNER):
    return sign_in_as(platform, "console", (shop.id, role))


def fields(page):
    """Return what the page's form carries unseen: its token, and the id of what is to be done."""
    found = re.findall(r'name="(form_token|parcel_id|refund_id)" value="([^"]+)"', page)
    return dict(found)


@pytest.fixture
def order(platform, shop):
    order_id = settling.buy(platform, shop, quantity=2)
    drain()
    return order_id


@pytest.fixture
def path(shop, order):
    return f"/shops/{shop.id}/orders/{order}"


def refunds_of(shop, order):
    with unit_of_work(shop.scope) as unit:
        return [(r.amount.amount, r.state.value) for r in list_refunds(unit, subject_id=order)]


def test_a_merchant_sends_and_takes_it_back(platform, shop, path):
    client = signed_in(platform, shop, Role.ORDERS)
    page = client.get(path).text
    form = {**fields(page), "pieces-1": "2", "carrier": "DHL", "tracking_number": "0034"}
    missing = client.post(f"{path}/shipments", {**form, "carrier": " "})
    assert missing.status_code == 422
    assert "Name the carrier" in missing.text
    assert client.post(f"{path}/shipments", {**form, "pieces-1": "3"}).status_code == 422
    assert client.post(f"{path}/shipments", form).status_code == 303
    page = client.get(path).text
    assert "you can take it back" in page
    assert "0034" in page
    assert "It is sent" not in page
    undo = re.search(r'action="([^"]+/undo)"', page)[1]
    assert client.post(undo, fields(page)).status_code == 303
    assert "It is sent" in client.get(path).text


def test_pieces_and_shipping_are_given_back(platform, shop, order, path, mails):
    client = signed_in(platform, shop)
    page = client.get(f"{path}/refund").text
    form = {**fields(page), "kind": "pieces", "reason": "damaged"}
    assert client.post(f"{path}/refund", form).status_code == 422
    assert client.post(f"{path}/refund", {**form, "pieces-1": "3"}).status_code == 422
    sent = {**form, "pieces-1": "1", "with_shipping": "1"}
    assert client.post(f"{path}/refund", sent).status_code == 303
    assert client.post(f"{path}/refund", sent).status_code == 303
    assert refunds_of(shop, order) == [(8450 + 490, "succeeded")]
    assert "€89.40" in client.get(path).text
    drain()
    assert [m.subject for m in mails if m.message_id.startswith("money-returned")]
    rest = {**form, "refund_id": str(new_id()), "pieces-1": "2"}
    assert client.post(f"{path}/refund", rest).status_code == 422


@pytest.mark.parametrize("amount", ["0", "-1", "free", "999999", "1.234", "", "NaN", "1e9"])
def test_an_amount_that_is_none_is_refused_in_words(platform, shop, order, path, amount):
    client = signed_in(platform, shop)
    form = fields(client.get(f"{path}/refund").text)
    answer = client.post(
        f"{path}/refund", {**form, "kind": "amount", "amount": amount, "reason": "other"}
    )
    assert answer.status_code == 409
    assert "Nothing was given back" in answer.text
    assert refunds_of(shop, order) == []


def test_all_of_it_and_then_nothing_is_left(platform, shop, order, path):
    client = signed_in(platform, shop)
    form = fields(client.get(f"{path}/refund").text)
    whole = {**form, "kind": "all", "reason": "returned"}
    assert client.post(f"{path}/refund", whole).status_code == 303
    assert client.post(f"{path}/refund", whole).status_code == 303, "a second click"
    assert [state for _, state in refunds_of(shop, order)] == ["succeeded"]
    assert "Nothing of this payment is left" in client.get(f"{path}/refund").text
    settling.assert_books_are_right(shop)


def test_staff_sees_no_refund_and_cannot_make_one(platform, shop, path):
    client = signed_in(platform, shop, Role.ORDERS)
    page = client.get(path).text
    assert "/refund" not in page
    assert client.get(f"{path}/refund").status_code == 404
    form = {**fields(page), "kind": "all", "reason": "other"}
    assert client.post(f"{path}/refund", form).status_code == 404


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Held, and until when", "Not sent yet", "No payout yet")),
        ("de", ("Einbehalten, und bis wann", "Noch nicht versendet", "Noch keine Auszahlung")),
        ("fr", ("Retenu, et jusqu’à quand", "Pas encore envoyé", "Aucun versement")),
    ],
)
def test_the_balance_says_what_is_held_and_why(platform, shop, order, language, words):
    client = signed_in(platform, shop)
    page = client.get(f"/{language}/shops/{shop.id}/balance").text
    assert [word for word in words if word not in page] == []


@pytest.mark.parametrize(
    ("reason", "words"),
    [("second_factor", "a second factor"), ("bank_account", "bank account at Stripe")],
)
def test_the_balance_says_why_and_until_when_payouts_rest(platform, shop, reason, words):
    client = signed_in(platform, shop)
    address = f"/shops/{shop.id}/balance"
    assert "Nothing is paid out until" not in client.get(address).text
    with unit_of_work(directory_scope()) as unit:
        pause_payouts(unit, shop_id=shop.id, reason=PauseReason(reason))
    page = client.get(address).text
    assert "Nothing is paid out until" in page
    assert words in page
    try:
        clock.move(timedelta(hours=48, minutes=1))
        page = signed_in(platform, shop).get(address).text
        assert "Nothing is paid out until" not in page
    finally:
        clock.reset()


def test_the_balance_shows_what_was_paid_out_and_came_back(platform, shop, order):
    settling.connect_account(platform, shop)
    client = signed_in(platform, shop)
    settling.send(shop, order)
    page = client.get(f"/shops/{shop.id}/balance").text
    assert "within the time for returns" in page
    try:
        clock.move(settling.ALL_HELD)
        settling.run_schedule(shop)
        settling.refund(shop, order, 5000)
    finally:
        clock.reset()
    page = client.get(f"/shops/{shop.id}/balance").text
    assert "Nothing is held just now" in page
    assert "taken back for a refund" in page
    assert "Payout taken back" in page


def race_refunds(shop, order, amount, at_once):
    """Ask so often at the same moment; return what each became."""
    gate, ends = threading.Barrier(at_once), []

    def ask():
        gate.wait(10)
        try:
            settling.refund(shop, order, amount)
            ends.append("given back")
        except Exception as error:
            ends.append(type(error).__name__)

    threads = [threading.Thread(target=ask) for _ in range(at_once)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(ends)


@pytest.mark.parametrize("at_once", [2, 10])
def test_refunds_at_once_never_give_back_more_than_was_paid(platform, shop, at_once):
    for _ in range(3):
        order = settling.buy(platform, shop)
        refused = ["RefundTooLargeError"] * (at_once - 1)
        assert race_refunds(shop, order, 6000, at_once) == [*refused, "given back"]
    settling.assert_books_are_right(shop)


def test_control_without_the_lock_only_the_database_stops_the_second(platform, shop):
    disable_guards(frozenset({Guard.PAYMENT_LOCK.value}))
    try:
        ends = []
        for _ in range(5):
            order = settling.buy(platform, shop)
            ends += race_refunds(shop, order, 6000, at_once=10)
            with unit_of_work(shop.scope) as unit:
                payment = find_payment_of(unit, subject_id=order)
                assert payment.refunded + payment.refunding <= payment.captured
    finally:
        disable_guards(frozenset())
    assert "IntegrityError" in ends, ends

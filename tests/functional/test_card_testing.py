"""Programs that try out stolen cards (security.md, 17), and the buyer whose card was only declined.

The web application here counts as in production; the tests' own allows a hundred thousand times more.
"""

import json
import secrets
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import stripe
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError, NoResultFound

from app.dispatcher import Dispatcher
from app.domains.accounts.challenges.ports import Challenge
from app.domains.accounts.factors.operations.failures import source_of
from app.domains.checkout.invariants import check_shop
from app.domains.checkout.jobs import look_at_silent_payments
from app.domains.inventory.models import Stock
from app.domains.payments.card_testing.errors import TooManyPaymentsError
from app.domains.payments.card_testing.models import PaymentStart
from app.domains.payments.card_testing.operations import note_declines, note_start
from app.domains.payments.card_testing.queries import is_payment_challenged
from app.domains.payments.card_testing.rules import MOST_OF_BASKET, FreeDeclines
from app.domains.payments.models import Payment
from app.domains.payments.ports import PaymentProvider
from app.foundation.clock import clock
from app.foundation.database import directory_scope
from app.foundation.guards import Guard, disable_guards
from app.foundation.identifiers import new_id
from app.foundation.ports import port, provide
from app.foundation.unit_of_work import unit_of_work
from app.gateways.challenges.turnstile import Turnstile
from tests.conftest import BASE_DOMAIN, HostClient, drain
from tests.functional import journey
from tests.functional.api.calls import ApiClient, make_cart, place, quote
from tests.functional.challenges import solve, solve_task
from tests.functional.test_buying import check_books
from tests.functional.test_what_goes_wrong import plan
from workers.schedule import SCHEDULE

DECLINED = "pm_card_chargeDeclined"


@pytest.fixture(scope="module")
def web(platform):
    """The web application with production's limits."""
    changed = platform.configuration.model_copy(update={"rate_limit_factor": 1})
    return Dispatcher(changed)


@pytest.fixture
def buyer(web, shop):
    return HostClient(web, f"{shop.slug}.{BASE_DOMAIN}", somewhere())


@pytest.fixture
def moved_clock():
    yield clock
    clock.reset()


def somewhere() -> str:
    return f"2001:db8:{secrets.randbelow(65536):x}:{secrets.randbelow(65536):x}::1"


def decline(platform, intent, times=1):
    for _ in range(times):
        with pytest.raises(stripe.CardError):
            journey.pay(platform, intent, DECLINED)


def status_of(platform, intent):
    return platform.stripe.store.get("payment_intent", intent)["status"]


def answer_challenge(client, token):
    page = client.get(f"/en/orders/{token}/pay").text
    return client.post(f"/en/orders/{token}/pay", solve(page))


def payments_of(shop):
    with unit_of_work(shop.scope) as unit:
        return list(unit.session.execute(select(Payment).order_by(Payment.id)).scalars())


def test_an_honest_buyer_pays_with_the_third_card(platform, shop, buyer, mails):
    token = journey.check_out(buyer)
    first = journey.intent_of(buyer, token)
    decline(platform, first)
    buyer.get(f"/en/orders/{token}/return")
    assert journey.intent_of(buyer, token) == first, "one declined card is an accident"
    decline(platform, first)
    assert buyer.get(f"/en/orders/{token}/return").headers["Location"].endswith(f"/orders/{token}")
    assert buyer.get(f"/en/orders/{token}").headers["Location"].endswith("/pay")
    assert status_of(platform, first) == "canceled", "whoever has its secret can do no more"

    page = buyer.get(f"/en/orders/{token}/pay")
    assert page.status_code == 200
    assert "data-challenge" in page.text
    assert "your pieces are kept" in page.text
    assert "data-secret" not in page.text
    assert "<noscript>" in page.text
    empty = buyer.post(f"/en/orders/{token}/pay", {})
    assert (empty.status_code, "data-challenge" in empty.text) == (422, True)
    assert "could not check" in empty.text

    assert answer_challenge(buyer, token).status_code == 303
    third = journey.intent_of(buyer, token)
    assert third != first
    journey.pay(platform, third)
    buyer.get(f"/en/orders/{token}/return")
    assert "Your order stands" in buyer.get(f"/en/orders/{token}").text
    states = [(payment.state, payment.declines) for payment in payments_of(shop)]
    assert states == [("expired", 2), ("captured", 0)]
    drain()
    assert len(mails) == 1
    check_books(platform)
    assert breaches(shop) == []


def breaches(shop):
    with unit_of_work(shop.scope) as unit:
        return [found for found in check_shop(unit) if found.breaches]


def test_the_books_stop_nobody_while_the_next_payment_is_under_way(platform, shop, buyer):
    """One payment of the order has ended, money is promised for the other: that is no breach."""
    token = journey.check_out(buyer)
    decline(platform, journey.intent_of(buyer, token), 2)
    buyer.get(f"/en/orders/{token}/return")
    answer_challenge(buyer, token)
    journey.pay(platform, journey.intent_of(buyer, token))
    plan(platform, "refuse_500", "capture", count=None)
    buyer.get(f"/en/orders/{token}/return")
    assert [payment.state for payment in payments_of(shop)] == ["expired", "capturing"]
    assert breaches(shop) == []


def test_a_provider_that_is_silent_when_we_cancel_is_asked_again(
    platform, shop, buyer, moved_clock
):
    token = journey.check_out(buyer)
    intent = journey.intent_of(buyer, token)
    decline(platform, intent, 2)
    plan(platform, "refuse_500", "cancel", count=None)
    buyer.get(f"/en/orders/{token}/return")
    assert status_of(platform, intent) == "requires_payment_method"
    assert buyer.get(f"/en/orders/{token}/pay").status_code == 200
    platform.stripe.faults.reset()
    port(PaymentProvider).breaker.close()
    moved_clock.move(timedelta(seconds=10))
    look_at_silent_payments(shop.scope)
    assert status_of(platform, intent) == "canceled"
    assert [payment.needs_challenge for payment in payments_of(shop)] == [False, True]


def test_who_never_answers_loses_the_order_and_the_pieces_go_back(
    platform, shop, buyer, moved_clock
):
    token = journey.check_out(buyer)
    decline(platform, journey.intent_of(buyer, token), 2)
    buyer.get(f"/en/orders/{token}/return")
    moved_clock.move(timedelta(minutes=61))
    look_at_silent_payments(shop.scope)
    assert [payment.state for payment in payments_of(shop)] == ["expired", "expired"]
    with unit_of_work(shop.scope) as unit:
        assert set(unit.session.execute(select(Stock.held)).scalars()) == {0}
    drain()
    assert breaches(shop) == []


def test_the_answer_counts_once_and_the_next_two_declines_ask_again(platform, buyer):
    token = journey.check_out(buyer)
    decline(platform, journey.intent_of(buyer, token), 2)
    buyer.get(f"/en/orders/{token}/return")
    answer = solve(buyer.get(f"/en/orders/{token}/pay").text)
    assert buyer.post(f"/en/orders/{token}/pay", answer).status_code == 303
    decline(platform, journey.intent_of(buyer, token), 2)
    buyer.get(f"/en/orders/{token}/return")
    assert buyer.post(f"/en/orders/{token}/pay", answer).status_code == 422
    assert "data-secret" not in buyer.get(f"/en/orders/{token}/pay").text


def test_cards_that_come_faster_than_we_look_are_all_counted(platform, shop, buyer):
    """Nobody returns to our page: messages tell us, and the provider knows how many there were."""
    token = journey.check_out(buyer)
    intent = journey.intent_of(buyer, token)
    decline(platform, intent, 7)
    buyer.get(f"/en/orders/{token}/return")
    assert [payment.declines for payment in payments_of(shop)] == [7, 0]
    with pytest.raises(stripe.InvalidRequestError):
        journey.pay(platform, intent, DECLINED)


def test_whoever_looks_side_by_side_ends_it_once(platform, shop, buyer):
    token = journey.check_out(buyer)
    intent = journey.intent_of(buyer, token)
    decline(platform, intent, 2)
    with ThreadPoolExecutor(6) as pool:
        codes = list(
            pool.map(lambda _: buyer.get(f"/en/orders/{token}/return").status_code, range(6))
        )
    assert set(codes) == {303}
    states = [(payment.state, payment.needs_challenge) for payment in payments_of(shop)]
    assert states == [("expired", False), ("created", True)]


def test_a_card_that_went_through_meanwhile_is_kept(platform, shop, buyer):
    """The third card was faster than our look at the second: nothing is cancelled."""
    token = journey.check_out(buyer)
    intent = journey.intent_of(buyer, token)
    decline(platform, intent, 2)
    journey.pay(platform, intent)
    buyer.get(f"/en/orders/{token}/return")
    assert "Your order stands" in buyer.get(f"/en/orders/{token}").text
    assert [payment.state for payment in payments_of(shop)] == ["captured"]


def test_an_address_whose_cards_were_declined_is_asked_with_every_basket(platform, shop, web):
    address, host = somewhere(), f"{shop.slug}.{BASE_DOMAIN}"
    for _ in range(2):
        client = HostClient(web, host, address)
        token = journey.check_out(client)
        decline(platform, journey.intent_of(client, token))
        client.get(f"/en/orders/{token}/return")
    drain()
    again, elsewhere = HostClient(web, host, address), HostClient(web, host, somewhere())
    token = journey.check_out(again, "tiny-stud")
    page = again.get(f"/en/orders/{token}/pay").text
    assert "data-challenge" in page
    assert "declined" not in page, "this order's cards were not"
    assert payments_of(shop)[-1].provider_id == "", "the provider has not heard of it"
    assert "data-secret" in elsewhere.get(f"/en/orders/{journey.check_out(elsewhere)}/pay").text
    assert answer_challenge(again, token).status_code == 303
    journey.pay(platform, journey.intent_of(again, token))
    again.get(f"/en/orders/{token}/return")
    assert "Your order stands" in again.get(f"/en/orders/{token}").text


def test_a_program_is_told_what_to_do_and_does_it(platform, shop):
    client = ApiClient(platform, f"{shop.slug}.{BASE_DOMAIN}")
    cart = make_cart(client)
    quote(client, cart)
    order = place(client, cart).json["token"]
    intent = client.post(f"/orders/{order}/payment").json["client_secret"].split("_secret_")[0]
    decline(platform, intent, 2)
    checked = client.post(f"/orders/{order}/payment/check").json
    assert (checked["is_payment_failed"], checked["needs_challenge"]) == (True, True)
    asked = client.post(f"/orders/{order}/payment")
    assert (asked.status_code, asked.mimetype) == (403, "application/problem+json")
    assert asked.json["code"] == "challenge_needed"
    assert "answer the challenge" in asked.json["detail"]
    offer = asked.json["challenge"]
    assert (offer["kind"], offer["header"]) == ("work", "Challenge-Answer")
    wrong = client.call("POST", f"/orders/{order}/payment", more={offer["header"]: "x"})
    assert (wrong.status_code, wrong.json["code"]) == (422, "challenge_refused")
    assert json.loads(wrong.json["challenge"]["task"]), "another one, to try again"
    right = {offer["header"]: solve_task(offer["task"])}
    begun = client.call("POST", f"/orders/{order}/payment", more=right)
    assert begun.status_code == 200, begun.text
    journey.pay(platform, begun.json["client_secret"].split("_secret_")[0])
    assert client.post(f"/orders/{order}/payment/check").json["payment_state"] == "confirmed"


def test_turnstile_makes_the_check_where_it_is_configured(platform, buyer):
    token = journey.check_out(buyer)
    decline(platform, journey.intent_of(buyer, token), 2)
    buyer.get(f"/en/orders/{token}/return")
    before = port(Challenge)
    provide(Challenge, Turnstile(site_key="0x-site", secret_keys=("s",), url="http://127.0.0.1:9/"))
    try:
        page = buyer.get(f"/en/orders/{token}/pay")
        silent = buyer.post(f"/en/orders/{token}/pay", {"cf-turnstile-response": "x"})
    finally:
        provide(Challenge, before)
    assert 'data-action="payment"' in page.text
    assert "https://challenges.cloudflare.com" in page.headers["Content-Security-Policy"]
    assert (silent.status_code, "does not work at the moment" in silent.text) == (503, True)


def test_one_basket_begins_ten_payments_an_hour(platform, shop, buyer, moved_clock):
    token = journey.check_out(buyer)
    basket = start_of(payments_of(shop)[0].id).basket_id
    for _ in range(MOST_OF_BASKET - 1):
        begin(basket)
    decline(platform, journey.intent_of(buyer, token), 2)
    buyer.get(f"/en/orders/{token}/return")
    refused = answer_challenge(buyer, token)
    assert refused.status_code == 429
    assert 3400 < int(refused.headers["Retry-After"]) <= 3600
    assert "Nothing was charged" in refused.text
    assert "Retry-After" in answer_challenge(buyer, token).headers
    moved_clock.move(timedelta(minutes=61))
    begin(basket)


def begin(basket_id, address="203.0.113.7"):
    with unit_of_work(directory_scope()) as unit:
        note_start(unit, payment_id=new_id(), basket_id=basket_id, source=source_of(address))


def start_of(payment_id):
    with unit_of_work(directory_scope()) as unit:
        return unit.session.execute(
            select(PaymentStart).where(PaymentStart.payment_id == payment_id)
        ).scalar_one()


def begun_at_once(basket_id, count=16):
    """Begin payments of one basket side by side; return how many were let in."""
    together, let_in = threading.Barrier(count), []

    def run():
        together.wait()
        try:
            begin(basket_id)
        except TooManyPaymentsError:
            return
        let_in.append(True)

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(let_in)


def test_a_basket_s_limit_holds_when_all_come_at_once(platform):
    assert {begun_at_once(new_id()) for _ in range(3)} == {MOST_OF_BASKET}


def test_control_without_the_lock_more_get_in(platform):
    disable_guards(frozenset({Guard.PAYMENT_START_LOCK.value}))
    try:
        assert max(begun_at_once(new_id()) for _ in range(5)) > MOST_OF_BASKET
    finally:
        disable_guards(frozenset())


def is_challenged(address, free=FreeDeclines()):
    with unit_of_work(directory_scope()) as unit:
        return is_payment_challenged(unit, basket_id=new_id(), source=source_of(address), free=free)


def begin_and_decline(address, declines):
    payment_id = new_id()
    with unit_of_work(directory_scope()) as unit:
        note_start(unit, payment_id=payment_id, basket_id=new_id(), source=source_of(address))
    with unit_of_work(directory_scope()) as unit:
        note_declines(unit, payment_id=payment_id, declines=declines)
    return payment_id


def test_an_address_is_asked_after_two_a_network_after_twenty(platform):
    net = f"11.{secrets.randbelow(256)}.{secrets.randbelow(256)}"
    begin_and_decline(f"{net}.1", 1)
    assert not is_challenged(f"{net}.1")
    begin_and_decline(f"{net}.1", 1)
    assert is_challenged(f"{net}.1")
    assert not is_challenged(f"{net}.2")
    for number in range(3, 12):
        begin_and_decline(f"{net}.{number}", 2)
    assert is_challenged(f"{net}.2")
    assert not is_challenged(somewhere())
    assert is_challenged(somewhere(), FreeDeclines(everyone=5)), "very many everywhere"


def test_late_news_and_the_same_news_change_nothing(platform):
    payment_id = begin_and_decline(somewhere(), 3)
    for declines in (2, 3):
        with unit_of_work(directory_scope()) as unit:
            note_declines(unit, payment_id=payment_id, declines=declines)
    assert start_of(payment_id).declines == 3


def test_what_is_kept_names_nobody_and_goes(platform, moved_clock):
    address = somewhere()
    payment_id = begin_and_decline(address, 2)
    kept = start_of(payment_id)
    assert address not in repr(vars(kept))
    moved_clock.move(timedelta(minutes=61))
    assert not is_challenged(address), "the window is over"
    clean = next(job for job in SCHEDULE if job.name == "forget_old_proofs").run_once
    clean()
    assert start_of(payment_id), "a late message may still count"
    moved_clock.move(timedelta(minutes=60))
    clean()
    with pytest.raises(NoResultFound):
        start_of(payment_id)


def test_a_secret_at_the_provider_and_an_open_challenge_exclude_each_other(platform, shop, buyer):
    token = journey.check_out(buyer)
    journey.intent_of(buyer, token)
    with pytest.raises(IntegrityError), unit_of_work(shop.scope) as unit:
        unit.session.execute(update(Payment).values(needs_challenge=True))

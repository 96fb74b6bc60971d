"""The edge cases of states.md, section 6: none makes a second order, a second charge, a lost basket."""

import time
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from app.domains.catalog.models import VariantPrice
from app.domains.checkout.confirmation.confirming import confirm_payment
from app.domains.inventory.models import Hold, Stock
from app.domains.orders.queries import list_orders
from app.domains.payments.models import Payment
from app.domains.payments.queries import find_payment_of
from app.foundation.clock import clock
from app.foundation.unit_of_work import unit_of_work
from tests.at_once import all_at_once
from tests.conftest import drain
from tests.functional import journey
from tests.functional.test_buying import check_books


def orders(shop):
    with unit_of_work(shop.scope) as unit:
        return list_orders(unit)


def intents(platform, shop):
    return [
        i
        for i in platform.stripe.store.of_kind("payment_intent")
        if i["metadata"].get("shop_id") == str(shop.id)
    ]


def stock(shop):
    with unit_of_work(shop.scope) as unit:
        return unit.session.execute(select(func.sum(Stock.on_hand), func.sum(Stock.held))).one()


def plan(platform, kind, path, **facts):
    from tests.simulators.stripe.faults import Fault

    platform.stripe.faults.planned.append(Fault(kind=kind, path=path, **facts))


def mails_of(shop, mails):
    """Return this shop's mails: a moved clock lets those of other tests go too."""
    return [mail for mail in mails if mail.sender_name == shop.name]


def test_placing_twice_gives_the_first_order(platform, shop):
    client = platform.shop_client(shop.slug)
    journey.prepare(client)
    seen = journey.fingerprint(client)
    first, second = journey.place(client, seen), journey.place(client, seen)
    assert (first.status_code, second.status_code) == (303, 303)
    assert len(orders(shop)) == 1
    assert len(intents(platform, shop)) == 1


def test_two_tabs_at_once_give_one_order(platform, shop):
    client = platform.shop_client(shop.slug)
    journey.prepare(client)
    seen = journey.fingerprint(client)
    answers = all_at_once(lambda: journey.place(client, seen).status_code)
    assert set(answers) == {303}
    assert len(orders(shop)) == 1
    assert len(intents(platform, shop)) == 1


def test_a_price_changed_meanwhile_is_told_before_anything_is_charged(platform, shop):
    client = platform.shop_client(shop.slug)
    journey.prepare(client)
    seen = journey.fingerprint(client)
    with unit_of_work(shop.scope) as unit:
        unit.session.execute(update(VariantPrice).values(amount=9999))
    answer = journey.place(client, seen)
    assert answer.status_code == 409
    assert "Something changed" in answer.text
    assert "99.99" in answer.text
    assert orders(shop) == []


def test_stock_gone_keeps_the_basket(platform, shop):
    client = platform.shop_client(shop.slug)
    journey.fill_basket(client, quantity=3)
    journey.give_address(client)
    journey.choose_shipping(client)
    seen = journey.fingerprint(client)
    with unit_of_work(shop.scope) as unit:
        unit.session.execute(update(Stock).values(on_hand=1))
    answer = journey.place(client, seen)
    assert answer.status_code == 409
    assert "basket is kept" in answer.text
    assert "Only one is left" in client.get("/en/cart").text


def test_a_declined_card_can_be_tried_again(platform, shop, mails):
    import stripe

    client = platform.shop_client(shop.slug)
    token = journey.check_out(client)
    intent = journey.intent_of(client, token)
    try:
        journey.pay(platform, intent, "pm_card_chargeDeclined")
    except stripe.CardError:
        pass
    answer = client.get(f"/en/orders/{token}/return")
    assert answer.headers["Location"].endswith("/pay")
    assert "Nothing was charged" in client.get(f"/en/orders/{token}/pay").text
    journey.pay(platform, intent)
    client.get(f"/en/orders/{token}/return")
    assert "Your order stands" in client.get(f"/en/orders/{token}").text
    assert len(intents(platform, shop)) == 1


def test_three_d_secure_goes_there_and_back(platform, shop):
    client = platform.shop_client(shop.slug)
    token = journey.check_out(client)
    intent = journey.intent_of(client, token)
    assert (
        journey.pay(platform, intent, "pm_card_threeDSecure2Required").status == "requires_action"
    )
    client.get(f"/en/orders/{token}/return")
    assert "checking your payment" in client.get(f"/en/orders/{token}").text
    finish_action(platform, intent)
    client.get(f"/en/orders/{token}/return")
    assert "Your order stands" in client.get(f"/en/orders/{token}").text


def finish_action(platform, intent):
    with platform.stripe.store.lock:
        platform.stripe.payments.finish_action(
            platform.stripe.store.get("payment_intent", intent), approved=True
        )


def test_a_redirect_method_is_taken_at_once(platform, shop):
    import stripe

    client = platform.shop_client(shop.slug)
    token = journey.check_out(client)
    intent = journey.intent_of(client, token)
    stripe.StripeClient(
        "sk_test", base_addresses={"api": platform.stripe.url}
    ).v1.payment_intents.confirm(
        intent, params={"payment_method_data": {"type": "ideal"}, "return_url": "http://x/"}
    )
    finish_action(platform, intent)
    client.get(f"/en/orders/{token}/return")
    assert "Your order stands" in client.get(f"/en/orders/{token}").text
    check_books(platform)


def test_the_gateway_down_says_so_and_keeps_everything(platform, shop):
    client = platform.shop_client(shop.slug)
    journey.prepare(client)
    plan(platform, "refuse_500", "payment_intents", count=10)
    answer = journey.place(client)
    assert answer.status_code == 503
    assert "kept" in answer.text
    platform.stripe.faults.reset()
    answer = journey.place(client)
    assert answer.status_code == 303
    assert len(orders(shop)) == 1
    assert len(intents(platform, shop)) == 1


def test_the_gateway_down_keeps_the_pieces_once_for_15_minutes_more(platform, shop):
    from app.domains.checkout.jobs import release_expired_holds

    silent, answered = platform.shop_client(shop.slug), platform.shop_client(shop.slug)
    for client in (silent, answered):
        journey.prepare(client)
    assert journey.place(answered).status_code == 303
    plan(platform, "refuse_500", "payment_intents", count=None)
    assert journey.place(silent).status_code == 503
    left = []
    try:
        for minutes in (16, 9, 6):
            clock.move(timedelta(minutes=minutes))
            release_expired_holds(shop.scope)
            left.append(stock(shop)[1])
            assert journey.place(silent).status_code == 503
    finally:
        clock.reset()
        platform.stripe.faults.reset()
    assert left == [1, 1, 0], "15 minutes as for everyone, 15 more, and no third time"


def test_stripe_that_fails_again_and_again_is_left_alone_and_buyers_are_told_at_once(
    platform, shop
):
    """R11: the breaker opens, says so within two seconds, keeps basket and hold, and closes."""
    from app.domains.payments.ports import PaymentProvider
    from app.foundation.ports import port

    buyers = [platform.shop_client(shop.slug) for _ in range(3)]
    for buyer in buyers:
        journey.prepare(buyer)
    seen = journey.fingerprint(buyers[0])
    plan(platform, "refuse_500", "payment_intents", count=None)
    assert [journey.place(buyer, seen).status_code for buyer in buyers[:2]] == [503, 503]
    assert port(PaymentProvider).breaker.is_open
    platform.stripe.faults.reset()
    plan(platform, "delay", "payment_intents", count=None, seconds=30)
    for buyer in buyers:
        started = time.monotonic()
        answer = journey.place(buyer, seen)
        assert time.monotonic() - started < 2
        assert answer.status_code == 503
        assert "try again in a minute" in answer.text
        assert "Lens necklace" in buyer.get("/en/cart").text
    assert stock(shop)[1] == 3
    assert intents(platform, shop) == []
    platform.stripe.faults.reset()
    time.sleep(platform.configuration.stripe_rest_seconds)
    for buyer in buyers:
        journey.pay(platform, journey.intent_of(buyer, journey.token_of(journey.place(buyer))))
    assert not port(PaymentProvider).breaker.is_open
    assert (len(orders(shop)), len(intents(platform, shop))) == (3, 3)
    assert stock(shop)[1] == 3


def test_declined_cards_and_a_rate_limit_leave_the_breaker_closed(platform, shop):
    import stripe

    from app.domains.payments.ports import PaymentProvider
    from app.foundation.ports import port

    for _ in range(4):
        client = platform.shop_client(shop.slug)
        token = journey.check_out(client)
        intent = journey.intent_of(client, token)
        with pytest.raises(stripe.CardError):
            journey.pay(platform, intent, "pm_card_chargeDeclined")
        client.get(f"/en/orders/{token}/return")
    plan(platform, "refuse_429", "payment_intents", count=4, method="GET")
    for _ in range(4):
        client.get(f"/en/orders/{token}/return")
    assert not port(PaymentProvider).breaker.is_open
    platform.stripe.faults.reset()
    journey.pay(platform, intent)
    client.get(f"/en/orders/{token}/return")
    assert "Your order stands" in client.get(f"/en/orders/{token}").text


def test_a_slow_gateway_is_waited_for(platform, shop):
    client = platform.shop_client(shop.slug)
    journey.prepare(client)
    plan(platform, "delay", "payment_intents", count=None, seconds=0.7)
    token = journey.token_of(journey.place(client))
    journey.pay(platform, journey.intent_of(client, token))
    client.get(f"/en/orders/{token}/return")
    assert "Your order stands" in client.get(f"/en/orders/{token}").text
    assert (len(orders(shop)), len(intents(platform, shop))) == (1, 1)


def test_a_capture_that_fails_is_tried_again_and_the_pieces_stay_the_buyers(platform, shop, mails):
    from app.domains.checkout.jobs import look_at_silent_payments, release_expired_holds

    client = platform.shop_client(shop.slug)
    token = journey.check_out(client)
    journey.pay(platform, journey.intent_of(client, token))
    plan(platform, "refuse_500", "/capture", count=2)
    client.get(f"/en/orders/{token}/return")
    assert "checking your payment" in client.get(f"/en/orders/{token}").text
    assert mails_of(shop, mails) == []
    clock.move(timedelta(minutes=20))
    try:
        release_expired_holds(shop.scope)
        assert stock(shop) == (5 * 4 - 1, 0), "claimed, not held: nobody else gets it"
        assert look_at_silent_payments(shop.scope) == 1
        drain()
    finally:
        clock.reset()
    assert "Your order stands" in client.get(f"/en/orders/{token}").text
    assert len(mails_of(shop, mails)) == 1
    check_books(platform)


def test_going_back_to_change_the_basket_leaves_one_payment_that_can_be_paid(platform, shop):
    from app.domains.checkout.jobs import look_at_silent_payments

    client = platform.shop_client(shop.slug)
    first = journey.check_out(client)
    old = journey.intent_of(client, first)
    journey.fill_basket(client, "tiny-stud")
    journey.give_address(client)
    journey.choose_shipping(client)
    second = journey.token_of(journey.place(client))
    assert stock(shop)[1] == 2
    look_at_silent_payments(shop.scope)
    assert platform.stripe.store.get("payment_intent", old)["status"] == "canceled"
    journey.pay(platform, journey.intent_of(client, second))
    client.get(f"/en/orders/{second}/return")
    assert "Your order stands" in client.get(f"/en/orders/{second}").text
    assert [order.is_confirmed for order in orders(shop)].count(True) == 1
    assert stock(shop) == (5 * 4 - 2, 0)
    check_books(platform)


def test_a_capture_whose_answer_is_lost_is_taken_once(platform, shop):
    client = platform.shop_client(shop.slug)
    token = journey.check_out(client)
    journey.pay(platform, journey.intent_of(client, token))
    plan(platform, "timeout_after_success", "/capture", count=2, seconds=2.5)
    client.get(f"/en/orders/{token}/return")
    assert "failed" not in client.get(f"/en/orders/{token}").text
    platform.stripe.faults.reset()
    client.get(f"/en/orders/{token}/return")
    assert "Your order stands" in client.get(f"/en/orders/{token}").text
    captured = [
        t for t in platform.stripe.store.of_kind("balance_transaction") if t["type"] == "charge"
    ]
    assert (
        len([t for t in captured if t["source"] == intents(platform, shop)[0]["latest_charge"]])
        == 1
    )


def signed(platform, event):
    import json

    from tests.simulators.stripe.webhooks import signature

    body = json.dumps(event).encode()
    return body, {
        "Stripe-Signature": signature(body, platform.stripe.sender.secret, int(time.time()))
    }


def deliver(platform, event, **headers):
    from tests.conftest import BASE_DOMAIN

    body, signature = signed(platform, event)
    return platform.client(BASE_DOMAIN).post(
        "/webhooks/stripe",
        data=body,
        content_type="application/json",
        headers={**signature, **headers},
    )


def events_of(platform, intent):
    return [
        e for e in platform.stripe.store.of_kind("event") if e["data"]["object"].get("id") == intent
    ]


def test_the_webhook_first_and_twice_and_the_buyer_never_returns(platform, shop, mails):
    client = platform.shop_client(shop.slug)
    token = journey.check_out(client)
    intent = journey.intent_of(client, token)
    journey.pay(platform, intent)
    for event in events_of(platform, intent) * 2:
        assert deliver(platform, event).status_code == 200
    drain()
    assert "Your order stands" in client.get(f"/en/orders/{token}").text
    assert len(mails) == 1
    client.get(f"/en/orders/{token}/return")
    drain()
    assert len(mails) == 1
    check_books(platform)


def test_a_forged_or_old_webhook_is_refused(platform, shop):
    from tests.conftest import BASE_DOMAIN
    from tests.simulators.stripe.webhooks import signature

    client = platform.client(BASE_DOMAIN)
    body = b'{"id": "evt_x", "type": "payment_intent.succeeded", "data": {"object": {}}}'
    old = signature(body, platform.stripe.sender.secret, int(time.time()) - 400)
    for header in ("", "t=1,v1=00", signature(body, "whsec_other", int(time.time())), old):
        assert (
            client.post(
                "/webhooks/stripe", data=body, headers={"Stripe-Signature": header}
            ).status_code
            == 400
        )


def test_no_webhook_ever_and_the_poller_finds_the_payment(platform, shop):
    client = platform.shop_client(shop.slug)
    token = journey.check_out(client)
    journey.pay(platform, journey.intent_of(client, token))
    clock.move(timedelta(seconds=30))
    try:
        from app.domains.checkout.jobs import look_at_silent_payments

        assert look_at_silent_payments(shop.scope) == 1
    finally:
        clock.reset()
    assert "Your order stands" in client.get(f"/en/orders/{token}").text


def test_a_webhook_three_days_late_changes_nothing(platform, shop, mails):
    client = platform.shop_client(shop.slug)
    token = journey.buy(platform, client)
    drain()
    assert len(mails_of(shop, mails)) == 1
    clock.move(timedelta(days=3))
    try:
        for event in events_of(platform, intents(platform, shop)[0]["id"]):
            assert deliver(platform, event).status_code == 200
        drain()
    finally:
        clock.reset()
    assert "Your order stands" in client.get(f"/en/orders/{token}").text
    assert len(mails_of(shop, mails)) == 1
    assert stock(shop) == (5 * 4 - 1, 0)
    check_books(platform)


def test_the_webhook_comes_before_the_answer_to_our_own_call(platform, shop):
    """Stripe makes the intent and answers 500, again and again; its webhook leads to it."""
    client = platform.shop_client(shop.slug)
    journey.prepare(client)
    plan(platform, "fail_500_after_success", "payment_intents$")
    assert journey.place(client).status_code == 503
    made = intents(platform, shop)
    assert len(made) == 1
    for event in events_of(platform, made[0]["id"]):
        assert deliver(platform, event).status_code == 200
    drain()
    order = orders(shop)[0]
    with unit_of_work(shop.scope) as unit:
        payment = find_payment_of(unit, subject_id=order.id)
    assert payment.provider_id == made[0]["id"]
    token = journey.token_of(journey.place(client))
    journey.pay(platform, journey.intent_of(client, token))
    client.get(f"/en/orders/{token}/return")
    assert "Your order stands" in client.get(f"/en/orders/{token}").text
    assert len(intents(platform, shop)) == 1
    check_books(platform)


def test_a_late_payment_for_gone_pieces_is_voided_and_never_an_order(platform, shop, mails):
    """The hold runs out, another buyer takes the pieces, then the first one's payment arrives."""
    slow, quick = platform.shop_client(shop.slug), platform.shop_client(shop.slug)
    late = journey.check_out(slow, quantity=5)
    intent = journey.intent_of(slow, late)
    clock.move(timedelta(minutes=16))
    try:
        from app.domains.checkout.jobs import release_expired_holds

        assert release_expired_holds(shop.scope) == 1
        journey.buy(platform, quick, quantity=5)
        journey.pay(platform, intent)
        slow.get(f"/en/orders/{late}/return")
    finally:
        clock.reset()
    assert "did not go through" in slow.get(f"/en/orders/{late}").text
    assert platform.stripe.store.get("payment_intent", intent)["status"] == "canceled"
    assert [o.is_confirmed for o in orders(shop)].count(True) == 1
    check_books(platform)


def test_a_late_redirect_payment_for_gone_pieces_is_refunded(platform, shop):
    import stripe

    slow, quick = platform.shop_client(shop.slug), platform.shop_client(shop.slug)
    late = journey.check_out(slow, quantity=5)
    intent = journey.intent_of(slow, late)
    stripe.StripeClient(
        "sk_test", base_addresses={"api": platform.stripe.url}
    ).v1.payment_intents.confirm(
        intent, params={"payment_method_data": {"type": "ideal"}, "return_url": "http://x/"}
    )
    clock.move(timedelta(minutes=16))
    try:
        from app.domains.checkout.jobs import release_expired_holds

        release_expired_holds(shop.scope)
        journey.buy(platform, quick, quantity=5)
        finish_action(platform, intent)
        slow.get(f"/en/orders/{late}/return")
    finally:
        clock.reset()
    with unit_of_work(shop.scope) as unit:
        states = unit.session.execute(select(Payment.state, Payment.refunded, Payment.amount)).all()
    assert ("refunded", 42250, 42250) in [tuple(row) for row in states]
    check_books(platform)


def test_an_abandoned_checkout_gives_everything_back(platform, shop):
    client = platform.shop_client(shop.slug)
    journey.check_out(client, quantity=2)
    before = stock(shop)
    assert before[1] == 2
    clock.move(timedelta(hours=2))
    try:
        from app.domains.checkout.jobs import look_at_silent_payments, release_expired_holds

        release_expired_holds(shop.scope)
        look_at_silent_payments(shop.scope)
    finally:
        clock.reset()
    assert stock(shop)[1] == 0
    assert intents(platform, shop)[0]["status"] == "canceled"
    with unit_of_work(shop.scope) as unit:
        assert (
            unit.session.execute(
                select(func.count()).select_from(Hold).where(Hold.state == "held")
            ).scalar_one()
            == 0
        )
    assert "Lens necklace" in client.get("/en/cart").text


def test_the_session_lost_after_placing_keeps_order_and_payment(platform, shop):
    """The order's page is reached by its link, from another browser too."""
    token = journey.check_out(platform.shop_client(shop.slug))
    elsewhere = platform.shop_client(shop.slug)
    journey.pay(platform, journey.intent_of(elsewhere, token))
    elsewhere.get(f"/en/orders/{token}/return")
    assert "Your order stands" in elsewhere.get(f"/en/orders/{token}").text


def test_confirming_from_many_sides_at_once_happens_once(platform, shop, mails):
    client = platform.shop_client(shop.slug)
    token = journey.check_out(client)
    journey.pay(platform, journey.intent_of(client, token))
    with unit_of_work(shop.scope) as unit:
        payment = find_payment_of(unit, subject_id=list_orders(unit)[0].id)
    all_at_once(lambda: confirm_payment(shop.scope, payment_id=payment.id), times=6)
    drain()
    assert len(mails) == 1
    assert stock(shop)[0] == 5 * 4 - 1
    check_books(platform)

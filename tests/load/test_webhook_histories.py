"""R4 (promises.md): whatever happens to Stripe's messages on their way, the end is the same.

A purchase of each kind is made once with its messages in order; then again and again with the same
kind of messages shuffled, doubled up to twenty times, lost, or three days late. Each time the order,
the payment, the pieces, the books and the mails must end as in the first run. The control lets a
message that is known already be applied again.
"""

import random
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import permutations
from typing import Any

import psycopg
import pytest
import stripe
from sqlalchemy import select, update

from app.domains.checkout.jobs import look_at_silent_payments, release_expired_holds
from app.domains.fulfilment.jobs import look_at_refunds
from app.domains.inventory.models import Hold, Stock
from app.domains.orders.models import Order
from app.domains.payments.inbox.models import WebhookMessage
from app.domains.payments.models import Payment
from app.domains.payments.refunds.models import Refund
from app.foundation.clock import clock
from app.foundation.database import directory_scope
from app.foundation.guards import Guard, disable_guards
from app.foundation.unit_of_work import unit_of_work
from tests.conftest import drain, open_shop
from tests.functional import journey, settling
from tests.functional.api import calls
from tests.functional.test_what_goes_wrong import deliver, events_of

HISTORIES, NIGHTLY_HISTORIES, FORGED = 300, 10_000, 300
MOST_COPIES, LOST_SHARE, MOST_ROUNDS = 20, 0.3, 12
TOTAL = 8450 + 490


@dataclass
class Purchase:
    """A purchase whose messages are on their way."""

    platform: Any
    shop: Any
    order: str
    intent: str

    def messages(self) -> list[dict[str, Any]]:
        """Everything that the provider has said of it so far, in order."""
        store = self.platform.stripe.store
        charges = [
            event
            for event in store.of_kind("event")
            if event["data"]["object"].get("payment_intent") == self.intent
        ]
        found = {event["id"]: event for event in [*events_of(self.platform, self.intent), *charges]}
        return [event for event in store.of_kind("event") if event["id"] in found]

    def provider(self) -> stripe.StripeClient:
        return stripe.StripeClient("sk_test", base_addresses={"api": self.platform.stripe.url})


def begin(platform: Any, shop: Any) -> Purchase:
    with unit_of_work(shop.scope) as unit:
        unit.session.execute(update(Stock).values(on_hand=50))
    client = calls.api_of(platform, shop)
    cart = calls.make_cart(client)
    calls.quote(client, cart)
    order = calls.place(client, cart).json["token"]
    secret = client.post(f"/orders/{order}/payment").json["client_secret"]
    return Purchase(platform, shop, order, secret.split("_secret_")[0])


def pays(purchase: Purchase) -> None:
    journey.pay(purchase.platform, purchase.intent)


def is_declined_then_pays(purchase: Purchase) -> None:
    for _ in range(2):
        with pytest.raises(stripe.CardError):
            journey.pay(purchase.platform, purchase.intent, "pm_card_chargeDeclined")
    pays(purchase)


def proves_who_it_is(purchase: Purchase) -> None:
    journey.pay(purchase.platform, purchase.intent, "pm_card_threeDSecure2Required")
    finish_action(purchase)


def pays_by_bank(purchase: Purchase) -> None:
    start_bank(purchase)
    finish_action(purchase)


def gives_up(purchase: Purchase) -> None:
    purchase.provider().v1.payment_intents.cancel(purchase.intent)


def comes_too_late(purchase: Purchase) -> None:
    """Pays after the hold has run out and the piece is gone."""
    lose_the_piece(purchase)
    pays(purchase)


def comes_too_late_by_bank(purchase: Purchase) -> None:
    """The bank takes the money at once, so that it is given back."""
    start_bank(purchase)
    lose_the_piece(purchase)
    finish_action(purchase)


def is_given_back_in_parts(purchase: Purchase) -> None:
    buys(purchase)
    for amount in (500, 1234):
        give_back(purchase, amount)


def is_given_back(purchase: Purchase) -> None:
    buys(purchase)
    give_back(purchase, TOTAL)


def is_given_back_slowly(purchase: Purchase) -> None:
    """The refund is pending at first; the messages tell how it went on."""
    buys(purchase, "pm_card_pendingRefund")
    give_back(purchase, 700)
    settle_refunds(purchase)


def comes_back_to_us(purchase: Purchase) -> None:
    """The bank sends the refund back after it had succeeded."""
    buys(purchase, "pm_card_refundFail")
    give_back(purchase, 700)
    settle_refunds(purchase)


def buys(purchase: Purchase, card: str = "pm_card_visa") -> None:
    """Pays and comes back to the shop, before any message does."""
    journey.pay(purchase.platform, purchase.intent, card)
    api = calls.api_of(purchase.platform, purchase.shop)
    assert api.post(f"/orders/{purchase.order}/payment/check").status_code == 200


def give_back(purchase: Purchase, amount: int) -> None:
    """Give an amount back, as the merchant's page does."""
    with unit_of_work(purchase.shop.scope) as unit:
        order_id = newest_order(unit)
    settling.refund(purchase.shop, order_id, amount)


def newest_order(unit: Any) -> Any:
    return unit.session.execute(select(Order.id).order_by(Order.id.desc()).limit(1)).scalar_one()


def settle_refunds(purchase: Purchase) -> None:
    """Let what is due at the provider some time after a refund happen now."""
    stand_in = purchase.platform.stripe
    with stand_in.store.lock:
        for refund in stand_in.store.of_kind("refund"):
            if refund["payment_intent"] == purchase.intent:
                stand_in.refunds._settle(refund["id"])


def start_bank(purchase: Purchase) -> None:
    purchase.provider().v1.payment_intents.confirm(
        purchase.intent,
        params={"payment_method_data": {"type": "ideal"}, "return_url": "http://x/"},
    )


def finish_action(purchase: Purchase) -> None:
    stand_in = purchase.platform.stripe
    with stand_in.store.lock:
        intent = stand_in.store.get("payment_intent", purchase.intent)
        stand_in.payments.finish_action(intent, approved=True)


def lose_the_piece(purchase: Purchase) -> None:
    clock.move(timedelta(minutes=16))
    release_expired_holds(purchase.shop.scope)
    clock.move(timedelta(minutes=-16))
    with unit_of_work(purchase.shop.scope) as unit:
        unit.session.execute(update(Stock).values(on_hand=Stock.held))


KINDS: tuple[Callable[[Purchase], None], ...] = (
    pays, is_declined_then_pays, proves_who_it_is, pays_by_bank, gives_up, comes_too_late,
    comes_too_late_by_bank, is_given_back_in_parts, is_given_back, is_given_back_slowly,
    comes_back_to_us,
)  # fmt: skip


def ending(purchase: Purchase, since: int, mails: list[Any]) -> dict[str, Any]:
    """Return everything that must be the same, without ids and times."""
    with unit_of_work(purchase.shop.scope) as unit:
        order = unit.session.execute(select(Order).order_by(Order.id.desc()).limit(1)).scalar_one()
        payment = unit.session.execute(
            select(Payment).where(Payment.subject_id == order.id)
        ).scalar_one()
        holds = unit.session.execute(
            select(Hold.state).where(Hold.subject_id == order.id).order_by(Hold.state)
        ).scalars()
        refunds = unit.session.execute(
            select(Refund.state, Refund.amount).where(Refund.subject_id == order.id)
        ).all()
        facts = {
            "order": (order.payment_state, order.fulfilment_state),
            "payment": (payment.state, payment.authorised, payment.captured, payment.refunded),
            "refunds": sorted(tuple(refund) for refund in refunds),
            "being given back": payment.refunding,
            "holds": sorted(holds),
            "looked at again": payment.look_at is not None,
            "held": unit.session.execute(select(Stock.held).where(Stock.held != 0)).all(),
        }
    intent = purchase.platform.stripe.store.get("payment_intent", purchase.intent)
    return {
        **facts,
        "provider": (intent["status"], intent["amount_received"]),
        "refunds at the provider": refunds_at_provider(purchase),
        "books": books(purchase, since),
        "mails": sorted(
            mail.subject.split()[0] for mail in mails if mail.sender_name == purchase.shop.name
        ),
    }


def refunds_at_provider(purchase: Purchase) -> list[Any]:
    made = purchase.platform.stripe.store.of_kind("refund")
    mine = [refund for refund in made if refund["payment_intent"] == purchase.intent]
    return sorted((refund["status"], refund["amount"]) for refund in mine)


def books(purchase: Purchase, since: int) -> list[Any]:
    with psycopg.connect(purchase.platform.server.directory) as connection:
        return connection.execute(
            "SELECT j.event_type, a.code, e.amount FROM platform.journal j"
            " JOIN platform.entry e ON e.journal_id = j.id"
            " JOIN platform.account a ON a.id = e.account_id"
            " WHERE j.shop = %s AND j.id > %s ORDER BY 1, 2, 3",
            [purchase.shop.schema, since],
        ).fetchall()


def last_journal(platform: Any) -> int:
    with psycopg.connect(platform.server.directory) as connection:
        return connection.execute("SELECT coalesce(max(id), 0) FROM platform.journal").fetchone()[0]


def look(purchase: Purchase) -> None:
    """Let the poller ask about payments and refunds whose messages were lost."""
    with unit_of_work(purchase.shop.scope) as unit:
        unit.session.execute(
            update(Payment).where(Payment.look_at.is_not(None)).values(look_at=unit.now)
        )
        unit.session.execute(
            update(Refund)
            .where(Refund.look_at.is_not(None), Refund.subject_id == newest_order(unit))
            .values(look_at=unit.now)
        )
    look_at_silent_payments(purchase.shop.scope)
    look_at_refunds(purchase.shop.scope)


def in_order(purchase: Purchase) -> None:
    """Deliver every message once, as soon as the provider says it."""
    told: set[str] = set()
    for _ in range(MOST_ROUNDS):
        waiting = [event for event in purchase.messages() if event["id"] not in told]
        if not waiting:
            return
        for event in waiting:
            assert deliver(purchase.platform, event).status_code == 200
            told.add(event["id"])
            drain()
    raise AssertionError("the provider never stops")


def disturbed(purchase: Purchase, chance: random.Random) -> None:
    """Deliver in any order, up to twenty times each; some messages never, some days late."""
    told: set[str] = set()
    lost = chance.choice([0.0, LOST_SHARE])
    late = timedelta(days=3) if chance.random() < 0.1 else timedelta()
    clock.move(late)
    for _ in range(MOST_ROUNDS):
        waiting = [event for event in purchase.messages() if event["id"] not in told]
        if not waiting:
            break
        told |= {event["id"] for event in waiting}
        copies = [
            event
            for event in waiting
            if chance.random() >= lost
            for _ in range(1 + int(MOST_COPIES * chance.random() ** 4))
        ]
        chance.shuffle(copies)
        for event in copies:
            assert deliver(purchase.platform, event).status_code == 200
            if chance.random() < 0.3:
                drain()
        drain()
    for _ in range(4):
        look(purchase)
        drain()


def permuted(purchase: Purchase, order: tuple[int, ...]) -> None:
    """Deliver the first messages in one given order, then what follows in turn."""
    first = purchase.messages()
    for position in order:
        assert deliver(purchase.platform, first[position]).status_code == 200
        drain()
    in_order(purchase)


def run(
    platform: Any, shop: Any, kind: Callable[[Purchase], None],
    transport: Callable[[Purchase], None], mails: list[Any],
) -> dict[str, Any]:  # fmt: skip
    """Make one purchase, let its messages travel, and return how it ended."""
    drain()
    mails.clear()
    since = last_journal(platform)
    purchase = begin(platform, shop)
    kind(purchase)
    transport(purchase)
    clock.reset()
    return ending(purchase, since, mails)


def applied_more_than_once(shop: Any) -> int:
    with unit_of_work(directory_scope()) as unit:
        return len(
            unit.session.execute(
                select(WebhookMessage.id).where(
                    WebhookMessage.shop_id == shop.id, WebhookMessage.times_applied != 1
                )
            ).all()
        )


def compare(platform: Any, mails: list[Any], kind: Callable[..., None], count: int) -> None:
    shop = open_shop(f"told-{secrets.token_hex(4)}", platform)
    expected = run(platform, shop, kind, in_order, mails)
    assert expected["held"] == []
    first = begin(platform, shop)
    kind(first)
    length = len(first.messages())
    in_order(first)
    orders = list(permutations(range(length))) if length <= 6 else []
    chance = random.Random(f"{kind.__name__} {count}")
    for number in range(count):
        if number < count // 3 and orders:
            order = chance.choice(orders)
            transport = lambda purchase, order=order: permuted(purchase, order)  # noqa: E731
        else:
            transport = lambda purchase: disturbed(purchase, chance)  # noqa: E731
        ended = run(platform, shop, kind, transport, mails)
        assert ended == expected, (kind.__name__, number)
    assert applied_more_than_once(shop) == 0


@pytest.mark.parametrize("kind", KINDS)
def test_every_history_ends_as_the_one_in_order(platform, mails, kind):
    compare(platform, mails, kind, HISTORIES // len(KINDS) + 1)


@pytest.mark.nightly
@pytest.mark.parametrize("kind", KINDS)
def test_ten_thousand_histories(platform, mails, kind):
    compare(platform, mails, kind, NIGHTLY_HISTORIES // len(KINDS) + 1)


def test_control_a_known_message_is_applied_again(platform, mails):
    shop = open_shop(f"told-{secrets.token_hex(4)}", platform)
    disable_guards(frozenset({Guard.WEBHOOK_ONCE.value}))
    try:
        run(platform, shop, pays, lambda p: disturbed(p, random.Random(1)), mails)
    finally:
        disable_guards(frozenset())
    assert applied_more_than_once(shop) > 0


def test_forged_edited_and_stale_messages_are_refused(platform, shop):
    """Each with a signature that is wrong in its own way; none is stored."""
    import json
    import time

    from tests.conftest import BASE_DOMAIN
    from tests.simulators.stripe.webhooks import signature

    purchase = begin(platform, shop)
    pays(purchase)
    chance, secret = random.Random(4), platform.stripe.sender.secret
    client, now = platform.client(BASE_DOMAIN), int(time.time())
    for _ in range(FORGED):
        body = json.dumps(chance.choice(purchase.messages())).encode()
        right = signature(body, secret, now)
        edited = bytearray(body)
        edited[chance.randrange(len(body))] ^= 1 + chance.randrange(255)
        sent, header = chance.choice(
            [
                (body, signature(body, "whsec_" + secrets.token_hex(8), now)),
                (bytes(edited), right),
                (body, signature(body, secret, now - 301 - chance.randrange(10**6))),
                (body, right.replace("v1=", "v0=")),
                (body, right[:-1] + ("0" if right[-1] != "0" else "1")),
                (body, ""),
                (body, chance.choice(["t=,v1=", "v1=1", f"t={now}", "t=x,v1=y", right[:20]])),
            ]
        )
        answer = client.post("/webhooks/stripe", sent, headers={"Stripe-Signature": header})
        assert answer.status_code == 400, header
    with unit_of_work(directory_scope()) as unit:
        stored = select(WebhookMessage.id).where(WebhookMessage.shop_id == shop.id)
        assert unit.session.execute(stored).all() == []

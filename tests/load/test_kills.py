"""R2 (promises.md): kill -9 at random moments, under buyers; then everything must add up.

Twenty kills of web, worker, relay, PostgreSQL and Valkey, each at least three times, with fsync on.
Buyers are programs that use the API and send a request again with its key when the answer is lost;
the merchant gives money back on the console's page, and sends that form again in the same way.
Not simulated: power loss, a damaged disk. Behind --nightly: 500 kills.
"""

import http.client
import json
import random
import re
import secrets
import threading
import time
import traceback
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes
from typing import Any
from urllib.parse import urlencode

import psycopg
import pytest
import stripe

from app.domains.accounts.memberships.operations import grant_role
from app.domains.accounts.people.operations import register_person
from app.domains.accounts.rules import Role
from app.domains.accounts.sessions.operations.signing_in import begin_session
from app.domains.accounts.sessions.rules import Origin
from app.domains.checkout.invariants import check_shop
from app.domains.ledger.invariants import check_books
from app.foundation.database import PlatformScope, directory_scope
from app.foundation.unit_of_work import unit_of_work
from tests.conftest import open_shop
from tests.functional.api.calls import DETAILS
from tests.functional.proving import give_app
from tests.functional.signing_in import hash_once
from tests.load.rig import KILLED, Rig

pytestmark = [pytest.mark.crash]

BUYERS, STOCK, GIVEN_BACK_SHARE = 5, 100_000, 0.4
REQUEST_SECONDS, STEP_SECONDS, QUIET_SECONDS = 15.0, 90.0, 60.0
UNDELIVERED = (
    "SELECT (SELECT count(*) FROM platform.outbox_delivery WHERE state IN ('waiting', 'sent'))"
    " + (SELECT count(*) FROM directory.directory_delivery WHERE state IN ('waiting', 'sent'))"
)


@dataclass
class Purchase:
    """What a buyer remembers of one purchase."""

    kind: str
    order: str = ""
    intent: str = ""
    is_confirmed: bool = False


@dataclass
class Merchant:
    """A browser without JavaScript, signed in to the console: it has a cookie."""

    host: str
    port: int
    cookie: str

    def open(self, path: str) -> str:
        return self._try(lambda: self._send("GET", path))[1]

    def post(self, path: str, form: dict[str, str]) -> None:
        self._try(lambda: self._send("POST", path, form))

    def _try(self, send: Callable[[], tuple[int, str]]) -> tuple[int, str]:
        """Send until it is answered, as a person does who reloads the page."""
        until = time.monotonic() + STEP_SECONDS
        while time.monotonic() < until:
            try:
                status, text = send()
            except (OSError, http.client.HTTPException, ValueError):
                time.sleep(0.1)
                continue
            if status < 400:
                return status, text
            if status < 500:
                raise AssertionError(f"{status} {text}")
            time.sleep(0.2)
        raise AssertionError(f"the console did not answer in {STEP_SECONDS} s")

    def _send(self, method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=REQUEST_SECONDS)
        try:
            body = urlencode(form) if form is not None else None
            headers = {"Host": self.host, "Cookie": self.cookie, "Sec-Fetch-Site": "same-origin"}
            if form is not None:
                headers["Content-Type"] = "application/x-www-form-urlencoded"
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()


@dataclass
class Market:
    """The buyers, what they have bought, and the dice."""

    rig: Rig
    shop: Any
    merchant: Merchant
    variant: str = ""
    purchases: list[Purchase] = field(default_factory=list)
    finished: int = 0
    in_flight: int = 0
    given_back: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    is_over: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Send until it is answered: the same key each time, as a good client does."""
        key, until = str(uuid.uuid4()), time.monotonic() + STEP_SECONDS
        while time.monotonic() < until:
            try:
                status, answer = self._send(method, path, body, key)
            except (OSError, http.client.HTTPException, ValueError):
                time.sleep(0.1)
                continue
            if status < 400:
                return answer
            if status < 500 and answer.get("code") != "idempotency_key_in_use":
                raise AssertionError(f"{method} {path}: {status} {answer}")
            time.sleep(0.2)
        raise AssertionError(f"{method} {path} was not answered in {STEP_SECONDS} s")

    def _send(self, method: str, path: str, body: Any, key: str) -> tuple[int, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.rig.port, timeout=REQUEST_SECONDS)
        try:
            connection.request(
                method,
                f"/api/v1{path}",
                json.dumps(body) if body is not None else None,
                {
                    "Host": f"{self.shop.slug}.{self.rig.base_domain}",
                    "Content-Type": "application/json",
                    "Idempotency-Key": key,
                },
            )
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def buy(self, chance: random.Random) -> None:
        """One purchase, from the basket to the confirmation."""
        kind = chance.choices(["card", "bank", "declined", "abandoned"], [6, 2, 1, 1])[0]
        purchase = Purchase(kind)
        cart = self.call("POST", "/carts", {"lines": [{"variant_id": self.variant}]})["token"]
        told = self.call("PUT", f"/carts/{cart}/checkout/details", DETAILS)
        option = {"shipping_option_id": told["shipping_options"][0]["id"]}
        checkout = self.call("PUT", f"/carts/{cart}/checkout/shipping", option)
        fingerprint = {"fingerprint": checkout["quote"]["fingerprint"]}
        purchase.order = self.call("POST", f"/carts/{cart}/order", fingerprint)["token"]
        with self.lock:
            self.purchases.append(purchase)
        payment = self.call("POST", f"/orders/{purchase.order}/payment")
        purchase.intent = payment["client_secret"].split("_secret_")[0]
        if kind == "abandoned":
            return
        pay(self.rig, purchase)
        if chance.random() < 0.5:
            self.call("POST", f"/orders/{purchase.order}/payment/check")
        until = time.monotonic() + STEP_SECONDS
        while time.monotonic() < until:
            state = self.call("GET", f"/orders/{purchase.order}")["payment_state"]
            if state == "confirmed":
                purchase.is_confirmed = True
                if chance.random() < GIVEN_BACK_SHARE:
                    self.give_back(purchase, chance)
                return
            assert state != "cancelled", purchase
            time.sleep(0.3)
        raise AssertionError(f"never confirmed: {purchase}")

    def give_back(self, purchase: Purchase, chance: random.Random) -> None:
        """The merchant gives all of it back, or an amount, on the console's page."""
        schema = self.shop.schema
        ((order_id, total),) = self._ask(
            f"SELECT o.id, o.total FROM {schema}.shop_order o"
            f" JOIN {schema}.payment p ON p.subject_id = o.id WHERE p.provider_id = %s",
            purchase.intent,
        )
        path = f"/shops/{self.shop.id}/orders/{order_id}/refund"
        page = self.merchant.open(path)
        kind, amount = chance.choice([("all", total), ("amount", 100 + chance.randrange(900))])
        form = {name: re.search(f'name="{name}" value="([^"]+)"', page)[1]
                for name in ("form_token", "refund_id")}  # fmt: skip
        form |= {"kind": kind, "amount": f"{amount / 100:.2f}", "reason": "goodwill"}
        self.merchant.post(path, form)
        with self.lock:
            self.given_back[form["refund_id"]] = amount

    def _ask(self, query: str, *parameters: Any) -> list[Any]:
        """Ask the database, again while it is being started."""
        until = time.monotonic() + STEP_SECONDS
        while time.monotonic() < until:
            try:
                return self.rig.ask(query, *parameters)
            except psycopg.OperationalError:
                time.sleep(0.2)
        raise AssertionError("the database does not come up")

    def run_buyer(self, seed: str) -> None:
        chance = random.Random(seed)
        while not self.is_over.is_set():
            with self.lock:
                self.in_flight += 1
            try:
                self.buy(chance)
            except Exception as error:
                self.problems.append("".join(traceback.format_exception(error)))
                return
            finally:
                with self.lock:
                    self.in_flight -= 1
            self.finished += 1


def pay(rig: Rig, purchase: Purchase) -> None:
    client = stripe.StripeClient("sk_test", base_addresses={"api": rig.stripe.url})
    intents, url = client.v1.payment_intents, "http://shop/return"
    if purchase.kind == "bank":
        method = {"payment_method_data": {"type": "ideal"}, "return_url": url}
        intents.confirm(purchase.intent, params=method)
        with rig.stripe.store.transaction():
            intent = rig.stripe.store.get("payment_intent", purchase.intent)
            rig.stripe.payments.finish_action(intent, approved=True)
        return
    if purchase.kind == "declined":
        with pytest.raises(stripe.CardError):
            declined = {"payment_method": "pm_card_chargeDeclined", "return_url": url}
            intents.confirm(purchase.intent, params=declined)
    intents.confirm(purchase.intent, params={"payment_method": "pm_card_visa", "return_url": url})


def sign_in(rig: Rig, shop: Any) -> Merchant:
    """Begin a merchant's session on the console, as the hand-over from the marketplace does."""
    origin = Origin("Chromium on Linux", "127.0.0.1")
    with unit_of_work(directory_scope()) as unit:
        person = register_person(
            unit, email=f"{secrets.token_hex(4)}@example.com", name="M",
            password_hash=hash_once("a long pass phrase"), language="en",
        )  # fmt: skip
        grant_role(unit, person_id=person, shop_id=shop.id, role=Role.OWNER)
    give_app(person)
    with unit_of_work(directory_scope()) as unit:
        host = f"console.{rig.base_domain}"
        begun = begin_session(
            unit, person_id=person, host=host, method="password", origin=origin, device_token=""
        )
    return Merchant(host, rig.port, f"session={begun.token}")


@pytest.fixture
def market(platform):
    """A marketplace of its own processes; this process is wired to it while it runs."""
    from app.domains.notifications.ports import Mailer
    from app.foundation.configuration import load_configuration
    from app.foundation.ports import port, provide
    from app.wiring import wire

    mailer = port(Mailer)
    try:
        with Rig("kills", platform.password_secret) as rig:
            wire(load_configuration(rig.environment("tools")))
            shop = open_shop(f"kills-{secrets.token_hex(3)}", rig, stock=STOCK)
            market = Market(rig, shop, sign_in(rig, shop))
            market.variant = market.call("GET", "/products/tiny-stud")["variants"][0]["id"]
            yield market
            market.is_over.set()
    finally:
        wire(platform.configuration)
        provide(Mailer, mailer)


def rush(market: Market, kills: int, seed: int) -> Counter[str]:
    """Let buyers buy, and kill; return how often each was killed."""
    chance = random.Random(seed)
    targets = [KILLED[number % len(KILLED)] for number in range(kills)]
    chance.shuffle(targets)
    buyers = [
        threading.Thread(target=market.run_buyer, args=(f"{seed} {number}",))
        for number in range(BUYERS)
    ]
    for buyer in buyers:
        buyer.start()
    for name in targets:
        wait_for_business(market)
        time.sleep(chance.random())
        assert market.in_flight > 0 or market.problems, "somebody is buying at each kill"
        market.rig.kill(name, whole=chance.random() < 0.5)
        time.sleep(chance.random() / 2)
        market.rig.start_again(name)
    market.is_over.set()
    for buyer in buyers:
        buyer.join(STEP_SECONDS * 3)
    assert not any(buyer.is_alive() for buyer in buyers)
    return Counter(targets)


def wait_for_business(market: Market) -> None:
    """Wait until another purchase has come through since the last kill."""
    before, until = market.finished, time.monotonic() + 60
    while market.finished == before and time.monotonic() < until and not market.problems:
        time.sleep(0.05)


def settle(market: Market) -> None:
    """Wait for the jobs, then let time pass, so that what was abandoned is given up."""
    rig = market.rig
    rig.wait_for(UNDELIVERED, QUIET_SECONDS)
    rig.move_clock(2 * 3600)
    schema = market.shop.schema
    rig.wait_for(f"SELECT count(*) FROM {schema}.hold WHERE state = 'held'", QUIET_SECONDS)
    rig.wait_for(
        f"SELECT count(*) FROM {schema}.payment WHERE state NOT IN"
        " ('captured', 'voided', 'expired', 'refunded')",
        QUIET_SECONDS,
    )
    rig.wait_for(
        f"SELECT count(*) FROM {schema}.refund WHERE state IN ('asked', 'unknown')", QUIET_SECONDS
    )
    rig.wait_for(UNDELIVERED, QUIET_SECONDS)


def find_faults(market: Market) -> list[str]:
    """Return everything that does not add up, in the books, in the shop and at the provider."""
    rig, schema = market.rig, market.shop.schema
    with unit_of_work(PlatformScope("main", "platform_reader")) as unit:
        findings = check_books(unit)
    with unit_of_work(market.shop.scope) as unit:
        findings += check_shop(unit)
    faults = [str(finding) for finding in findings if not finding.holds]
    intents = rig.stripe.store.of_kind("payment_intent")
    taken = sorted(i["amount_received"] for i in intents if i["status"] == "succeeded")
    sold = sorted(
        row[0]
        for row in rig.ask(
            f"SELECT total FROM {schema}.shop_order"
            " WHERE payment_state IN ('confirmed', 'refunded')"
        )
    )
    refunds = [r for r in rig.stripe.store.of_kind("refund") if r["metadata"].get("refund_id")]
    returned = {refund["metadata"]["refund_id"]: refund["amount"] for refund in refunds}
    open_ones = [i["id"] for i in intents if i["status"] not in {"succeeded", "canceled"}]
    ((on_hand, held),) = rig.ask(
        f"SELECT sum(s.on_hand), sum(s.held) FROM {schema}.stock s WHERE s.variant_id = %s",
        market.variant,
    )
    mails = {message_from_bytes(mail.source)["Message-ID"] for mail in rig.mail.store.select()}
    facts = {
        "money taken is what was confirmed": taken == sold,
        "nothing is authorised and forgotten": open_ones == [],
        "every piece is in the shop or sold": on_hand == STOCK - len(sold),
        "nothing is held": held == 0,
        "every confirmed order and refund was told once": len(mails) == len(sold) + len(returned),
        "money is given back once, as it was wished for": returned == market.given_back
        and len(returned) == len(refunds),
        "what was given back is on the payments": rig.ask(
            f"SELECT coalesce(sum(refunded), 0), coalesce(sum(refunding), 0) FROM {schema}.payment"
        ) == [(sum(returned.values()), 0)],
        "nobody's money was stopped": rig.ask(
            "SELECT count(*) FROM platform.feature_flag WHERE is_on"
        )[0][0] == 0,
        "every webhook is handled": rig.ask(
            "SELECT count(*) FROM directory.webhook_message WHERE state = 'received'"
        )[0][0] == 0,
        "every message is stored once": rig.ask(
            "SELECT count(*) - count(DISTINCT provider_id) FROM directory.webhook_message"
        )[0][0] == 0,
        "each capture is booked once": rig.ask(
            "SELECT count(*) FROM platform.journal WHERE event_type = 'capture'"
        )[0][0] == len(sold),
        "each refund is booked once": rig.ask(
            "SELECT count(*) FROM platform.journal WHERE event_type = 'refund'"
        )[0][0] == len(returned),
    }  # fmt: skip
    faults += [name for name, holds in facts.items() if not holds]
    known = {purchase.intent for purchase in market.purchases if purchase.is_confirmed}
    faults += [f"confirmed to the buyer, not taken: {intent}" for intent in known
               if rig.stripe.store.get("payment_intent", intent)["status"] != "succeeded"]  # fmt: skip
    return faults


def survive(market: Market, kills: int) -> None:
    seed = secrets.randbelow(10**6)
    print(f"seed {seed}")
    assert market.rig.ask("SHOW fsync") == [("on",)]
    killed = rush(market, kills, seed)
    if market.problems:
        pytest.fail(f"seed {seed}\n" + "\n".join(market.problems) + market.rig.said())
    assert market.finished >= 20, market.finished
    assert len(market.given_back) >= 3, market.given_back
    assert all(killed[name] >= 3 for name in KILLED), killed
    settle(market)
    assert find_faults(market) == [], seed


def test_twenty_kills(market):
    survive(market, 20)
    the_check_finds_what_is_wrong(market)


@pytest.mark.nightly
@pytest.mark.timeout(7200)
def test_five_hundred_kills(market):
    survive(market, 500)


def the_check_finds_what_is_wrong(market: Market) -> None:
    """The control: each of these faults, planted after the run, is found."""
    rig, schema = market.rig, market.shop.schema
    stray = begin_stray_payment(market)
    assert "nothing is authorised and forgotten" in find_faults(market)
    stripe.StripeClient("sk_test", base_addresses={"api": rig.stripe.url}).v1.payment_intents.capture(
        stray
    )  # fmt: skip
    assert "money taken is what was confirmed" in find_faults(market)
    given_back, market.given_back = market.given_back, {}
    assert "money is given back once, as it was wished for" in find_faults(market)
    market.given_back = given_back
    for sql, fault in (
        (f"UPDATE {schema}.stock SET on_hand = on_hand - 1 WHERE variant_id = '{market.variant}'",
         "every piece is in the shop or sold"),
        (f"UPDATE {schema}.stock SET held = 1 WHERE variant_id = '{market.variant}'",
         "nothing is held"),
        ("UPDATE directory.webhook_message SET state = 'received'", "every webhook is handled"),
    ):  # fmt: skip
        with psycopg.connect(rig.dsn, autocommit=True) as connection:
            connection.execute(sql.encode())
        assert fault in find_faults(market)


def begin_stray_payment(market: Market) -> str:
    client = stripe.StripeClient("sk_test", base_addresses={"api": market.rig.stripe.url})
    made = client.v1.payment_intents.create(
        params={
            "amount": 1234,
            "currency": "eur",
            "capture_method": "manual",
            "payment_method": "pm_card_visa",
            "confirm": True,
            "payment_method_types": ["card"],
        }
    )
    return made.id

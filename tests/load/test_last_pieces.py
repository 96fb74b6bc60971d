"""R1 (promises.md): 200 buyers, the last K pieces, several processes, over HTTP.

Every buyer stands at the review page and presses the button at the same moment. The control is the
same test with the lock on stock taken away (and the table's own last fence): it must oversell.
"""

import os
import secrets
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import func, select, update

from app.domains.cart.operations import add_to_cart, create_cart
from app.domains.cart.queries import find_cart
from app.domains.catalog.models import Variant
from app.domains.checkout.jobs import look_at_silent_payments, release_expired_holds
from app.domains.checkout.operations import choose_shipping, save_details
from app.domains.checkout.queries import find_checkout, quote_checkout
from app.domains.inventory.models import Stock
from app.domains.inventory.operations import set_stock
from app.domains.orders.queries import list_orders
from app.domains.payments.models import Payment
from app.foundation.clock import clock, share_clock
from app.foundation.unit_of_work import unit_of_work
from tests.conftest import BASE_DOMAIN, ROOT, open_shop
from tests.functional.journey import ADDRESS

BUYERS, ROUNDS, PROCESSES, AT_ONCE = 200, 5, 2, 40


@pytest.fixture(scope="module")
def clock_file(tmp_path_factory, platform):
    path = tmp_path_factory.mktemp("clock") / "offset"
    share_clock(path)
    yield path
    clock.reset()
    share_clock(None)


@pytest.fixture(scope="module")
def start_web(platform, clock_file):
    """Start web servers of several processes; with guards taken away where a control asks."""
    started = []

    def start(guards=""):
        port = free_port()
        environment = {
            **platform.environment,
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "CLOCK_OFFSET_FILE": str(clock_file),
            "DISABLED_GUARDS": guards,
            "PROCESS_NAME": "web",
            "LOG_LEVEL": "ERROR",
        }
        command = [
            sys.executable,
            "-m",
            "gunicorn",
            "wsgi:application",
            f"--bind=127.0.0.1:{port}",
            "--worker-class=gthread",
            f"--workers={PROCESSES}",
            "--threads=12",
            "--no-control-socket",
        ]
        process = subprocess.Popen(command, env=environment, cwd=ROOT)
        started.append(process)
        for _ in range(300):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2).read()
                return port
            except OSError:
                time.sleep(0.1)
        raise AssertionError("the web server did not start")

    yield start
    for process in started:
        process.terminate()
    for process in started:
        process.wait(20)


def free_port():
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def post(port, shop, path, body, cookie):
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}",
        data=body.encode(),
        method="POST",
        headers={
            "Host": f"{shop.slug}.{BASE_DOMAIN}",
            "Sec-Fetch-Site": "same-origin",
            "Cookie": f"cart={cookie}",
            "Content-Type": "application/x-www-form-urlencoded",
        },
    )
    try:
        with urllib.request.build_opener(NoRedirect).open(request, timeout=60) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def make_buyers(shop, variant_id, count):
    """Return so many buyers who stand at the review page: their cookies and what they saw."""
    buyers = []
    for _ in range(count):
        with unit_of_work(shop.scope) as unit:
            new = create_cart(unit)
            add_to_cart(unit, cart_id=new.id, variant_id=variant_id, quantity=1)
            save_details(unit, cart_id=new.id, email=ADDRESS["email"], address=ADDRESS)
            cart = find_cart(unit, token=new.token)
            told = find_checkout(unit, cart_id=new.id)
            quotation = quote_checkout(
                unit, cart=cart, checkout=told, currency="EUR", language="en"
            )
            choose_shipping(unit, cart_id=new.id, option_id=quotation.choices[0].id)
            told = find_checkout(unit, cart_id=new.id)
            quotation = quote_checkout(
                unit, cart=cart, checkout=told, currency="EUR", language="en"
            )
        buyers.append((new.token, quotation.quote.fingerprint()))
    return buyers


def rush(port, shop, buyers):
    """Let all press the button at once; return how many got an order."""
    gate = threading.Barrier(AT_ONCE)

    def press(chunk):
        gate.wait(60)
        return [
            post(port, shop, "/en/checkout/place", f"seen={seen}", token) for token, seen in chunk
        ]

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = [
            s
            for part in pool.map(press, [buyers[i::AT_ONCE] for i in range(AT_ONCE)])
            for s in part
        ]
    assert set(answers) <= {303, 409}, answers
    return answers.count(303)


def pay_all(platform, shop, share=1.0):
    """Pay the orders that wait, as the payment field does; then look at the payments."""
    waiting = [
        i
        for i in platform.stripe.store.of_kind("payment_intent")
        if i["metadata"]["shop_id"] == str(shop.id) and i["status"] == "requires_payment_method"
    ]
    for intent in waiting[: max(int(len(waiting) * share), 0)]:
        with platform.stripe.store.lock:
            platform.stripe.payments.confirm(intent, {"payment_method": "pm_card_visa"})
    with unit_of_work(shop.scope) as unit:
        unit.session.execute(
            update(Payment).where(Payment.look_at.is_not(None)).values(look_at=unit.now)
        )
    for _ in range(10):
        if not look_at_silent_payments(shop.scope):
            break


def prepare(platform, pieces):
    shop = open_shop(f"rush-{secrets.token_hex(4)}", platform)
    with unit_of_work(shop.scope) as unit:
        variant_id = unit.session.execute(
            select(Variant.id).where(Variant.sku == "TS")
        ).scalar_one()
        location = unit.session.execute(select(Stock.location_id).limit(1)).scalar_one()
        set_stock(unit, location_id=location, quantities={variant_id: pieces})
    return shop, variant_id


def sold(shop):
    with unit_of_work(shop.scope) as unit:
        return sum(order.is_confirmed for order in list_orders(unit, page_size=1000))


def left(shop, variant_id):
    with unit_of_work(shop.scope) as unit:
        return unit.session.execute(
            select(func.sum(Stock.on_hand), func.sum(Stock.held)).where(
                Stock.variant_id == variant_id
            )
        ).one()


@pytest.fixture(scope="module")
def web(start_web):
    return start_web()


@pytest.mark.parametrize("pieces", [1, 5])
@pytest.mark.parametrize("turn", range(ROUNDS))
def test_the_last_pieces_are_sold_once(platform, web, clock_file, pieces, turn):
    shop, variant_id = prepare(platform, pieces)
    buyers = make_buyers(shop, variant_id, BUYERS)
    assert rush(web, shop, buyers) == pieces
    pay_all(platform, shop, share=0.6)
    clock.move(timedelta(minutes=16))
    try:
        release_expired_holds(shop.scope)
        assert rush(web, shop, buyers[: AT_ONCE * 2]) >= pieces - sold(shop)
        pay_all(platform, shop)
    finally:
        clock.reset()
    assert sold(shop) == pieces, "neither oversold nor undersold"
    assert left(shop, variant_id) == (0, 0)


def test_control_without_the_lock_pieces_are_sold_twice(platform, start_web, clock_file):
    port = start_web("stock_lock")
    for _ in range(ROUNDS):
        shop, variant_id = prepare(platform, 1)
        with psycopg.connect(platform.server.directory, autocommit=True) as connection:
            connection.execute(
                f"ALTER TABLE {shop.schema}.stock DROP CONSTRAINT stock_floor_check".encode()
            )
        if rush(port, shop, make_buyers(shop, variant_id, BUYERS)) > 1:
            return
    pytest.fail("the race was never lost without the lock: the test proves nothing")

"""Keys are changed while readers and writers go on: 0 errors, every row on the new key after.

Pages, readers and writers run in this process, the command in one of its own, so that each keeps keys
of its own. The control lets a process go on with a key beyond its time: its rows are left behind, and
nobody can open them. Behind --nightly: 20,000 orders.
"""

import json
import os
import random
import re
import secrets
import subprocess
import sys
import time

import pytest
from sqlalchemy import insert, text

from app.domains.orders.models import OrderContact
from app.foundation.guards import disable_guards
from app.foundation.idempotency import Answer, answer_once
from app.foundation.identifiers import new_id
from app.foundation.sealing import (
    KeyVault,
    SealBrokenError,
    install_vault,
    key_for,
    key_ring,
)
from app.foundation.sealing.places import vault
from app.foundation.sealing.rotation.counting import count_behind
from app.foundation.unit_of_work import unit_of_work
from tests.conftest import ROOT, open_shop
from tests.functional import journey
from tests.side_by_side import SideBySide

KEPT_SECONDS = 1.0


@pytest.fixture
def command(platform):
    """Run `./galleria keys …` as a process of its own."""
    environment = {
        **platform.environment, "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT),
        "KEYS_KEPT_SECONDS": str(KEPT_SECONDS), "POOL_SIZE": "4",
    }  # fmt: skip
    started = []

    def start(*arguments):
        process = subprocess.Popen(
            [sys.executable, "-m", "app.command_line", "keys", *arguments],
            env=environment, cwd=ROOT, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
            process.wait()
        process.stdout.close()


@pytest.fixture(autouse=True)
def short_memory(platform):
    """Let this process keep a place's key for a second; and all guards be back afterwards."""
    before = vault()
    install_vault(KeyVault(kept_seconds=KEPT_SECONDS))
    yield
    disable_guards(frozenset())
    before.forget()
    install_vault(before)


@pytest.fixture
def filled(platform):
    """Return what makes a shop with an order over HTTP and so many more beside it."""

    def fill(count):
        shop = open_shop(f"rotate-{secrets.token_hex(4)}", platform, stock=100_000)
        token = journey.check_out(platform.shop_client(shop.slug))
        with unit_of_work(shop.scope) as unit:
            columns = ", ".join(
                name for name in unit.connection.execute(text("SELECT * FROM shop_order")).keys()
                if name not in {"id", "number"}
            )  # fmt: skip
            for number in range(count):
                _add_order(unit, columns, number)
        return shop, token

    return fill


def _add_order(unit, columns, number):
    """Write an order of one of a hundred guests down, quickly."""
    order, email = new_id(), f"guest-{number % 100}@example.com"
    unit.connection.execute(
        text(f"INSERT INTO shop_order (id, number, {columns})"
             f" SELECT :id, :number, {columns} FROM shop_order ORDER BY placed_at LIMIT 1"),
        {"id": order, "number": f"N-{order}"},
    )  # fmt: skip
    index = key_ring().blind_index(email)
    key = key_for(unit, owner=index)
    unit.session.execute(
        insert(OrderContact).values(
            order_id=order, key_id=key.id, email_index=index, email=key.seal(email),
            address=key.seal(json.dumps({"name": email, "country_code": "DE"})),
        )
    )  # fmt: skip
    return order, email


class Load(SideBySide):
    """Readers and writers of orders and accounts."""

    def __init__(self, platform, shop, token):
        super().__init__()
        self.platform, self.shop, self.tokens = platform, shop, [token]

    def buy(self):
        """A guest orders, half of them one who did before; then the order is read by its link."""
        client = self.platform.shop_client(self.shop.slug)
        name = secrets.token_hex(2) if random.random() < 0.5 else f"guest-{random.randrange(100)}"
        journey.fill_basket(client, "tiny-stud")
        assert journey.give_address(client, email=f"{name}@example.com").status_code == 303
        assert journey.choose_shipping(client).status_code == 303
        answer = journey.place(client)
        assert answer.status_code == 303, answer.text
        self.tokens.append(journey.token_of(answer))

    def look(self):
        """An order is opened by its link: the address must stand there."""
        client = self.platform.shop_client(self.shop.slug)
        page = client.get(f"/en/orders/{random.choice(self.tokens)}")
        if page.status_code == 303:
            page = client.get(re.sub(r"^http://[^/]+", "", page.headers["Location"]))
        assert page.status_code == 200
        assert "Lindenstraße 5" in page.text

    def answer(self):
        """An answer is kept under the shop's own key, and read again."""
        key, body = secrets.token_hex(8), secrets.token_hex(8)
        for _ in range(2):
            with unit_of_work(self.shop.scope) as unit:
                answered = answer_once(unit, key=key, request="r", work=lambda: Answer(200, body))
            assert answered[0].body == body

    def read_all(self):
        """Every contact of the shop is read, as an export does."""
        with unit_of_work(self.shop.scope) as unit:
            rows = unit.session.execute(
                OrderContact.__table__.select().limit(200).offset(random.randrange(100))
            ).all()
        assert all("@" in row.email and "{" in row.address for row in rows)

    def write(self):
        """Another order, and an answer; nothing is read, so that no newer key is met."""
        with unit_of_work(self.shop.scope) as unit:
            answer_once(unit, key=secrets.token_hex(8), request="r", work=lambda: Answer(200, "x"))


def ended(process, seconds=120):
    said, _ = process.communicate(timeout=seconds)
    return process.returncode, said


def versions(shop):
    with unit_of_work(shop.scope) as unit:
        return unit.connection.execute(
            text("SELECT version, settled_at IS NOT NULL FROM platform.shop_key ORDER BY version")
        ).all()


@pytest.mark.parametrize(
    "count", [300, pytest.param(20_000, marks=pytest.mark.nightly)], ids=["small", "nightly"]
)
def test_keys_are_changed_under_load_without_an_error(platform, filled, command, count):
    shop, token = filled(count)
    load = Load(platform, shop, token)
    load.start(load.buy, load.look, load.answer, load.read_all)
    try:
        load.go_on()
        before = dict(load.done)
        code, said = ended(command("rotate", "--all", "--shop", shop.slug), 600)
        during = dict(load.done)
        load.go_on()
        time.sleep(2 * KEPT_SECONDS)
    finally:
        load.stop()
    assert load.errors == [], (len(load.errors), load.errors[:2])
    assert code == 0, said
    print(f"{count} orders under", load.done, said)
    assert all(during[name] > before[name] for name in before), (before, during)
    code, said = ended(command("check", "--shop", shop.slug))
    assert code == 0, said
    assert "BEHIND" not in said
    assert versions(shop) == [(2, True)]


def test_a_key_beyond_its_time_leaves_rows_that_nobody_opens(platform, filled, command):
    """The control: this process goes on with a key that was let go."""
    shop, token = filled(20)
    load = Load(platform, shop, token)
    load.write()
    disable_guards(frozenset({"key_age"}))
    code, said = ended(command("rotate", "--all", "--shop", shop.slug))
    assert code == 0, said
    load.write()
    disable_guards(frozenset())
    vault().forget()
    assert standing(shop).rows["idempotency_key"] == (2, 1)
    with pytest.raises(SealBrokenError, match="no key of version 1"):
        everything(shop)
    code, said = ended(command("check", "--shop", shop.slug))
    assert code == 1
    assert "idempotency_key 2 (1 BEHIND)" in said


def everything(shop):
    from app.foundation.models import IdempotencyKey

    with unit_of_work(shop.scope) as unit:
        return len(unit.session.execute(IdempotencyKey.__table__.select()).all())


def standing(shop):
    with unit_of_work(shop.scope) as unit:
        return count_behind(unit)


def test_a_rotation_that_is_killed_is_gone_on_with(platform, filled, command):
    shop, _ = filled(600)
    process = command("rotate", "--all", "--shop", shop.slug)
    while len(versions(shop)) == 1 and process.poll() is None:
        time.sleep(0.01)
    time.sleep(0.15)
    process.kill()
    process.wait()
    assert (standing(shop).versions, standing(shop).behind > 0) == (2, True)
    code, said = ended(command("rotate", "--all", "--shop", shop.slug))
    assert code == 0, said
    assert versions(shop) == [(2, True)], "no third version: it went on with the one begun"
    assert standing(shop).behind == 0

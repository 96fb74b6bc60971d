"""R8 (promises.md): fifty shops, sixteen threads, jobs and forced exceptions on one small pool.

Every shop carries a mark of its own in a title, an order's contact and its books. Threads read pages,
tables and books of random shops while transactions fail, statements are refused and connections are
killed under them. No answer may carry another shop's mark, and no connection may come back to the
pool with a role or a path. The control binds for the session instead of the transaction.
"""

import random
import re
import secrets
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from sqlalchemy import event, select, text, update
from sqlalchemy.exc import DBAPIError, ProgrammingError

from app.domains.catalog.models import Product
from app.domains.catalog.operations import record_changed
from app.domains.checkout.jobs import look_at_silent_payments, release_expired_holds
from app.domains.ledger.queries import list_statement
from app.domains.orders.models import OrderContact
from app.foundation.configuration import load_configuration
from app.foundation.database import Database, Scope, ShopScope, engine_for
from app.foundation.unit_of_work import unit_of_work
from tests.conftest import HostClient, drain, open_shop
from tests.functional import journey
from tests.functional.api import calls

SHOPS, THREADS, POOL, TURNS, NIGHTLY_TURNS = 50, 16, 6, 5_000, 100_000
MARK = re.compile(r"mark-[0-9a-f]{8}")


class PlannedError(Exception):
    """Thrown in the middle of a transaction."""


@dataclass(frozen=True)
class Marked:
    """A shop whose rows carry its mark."""

    slug: str
    mark: str
    scope: ShopScope


@pytest.fixture(scope="module")
def shops(platform):
    """Fifty shops, each with its mark and an order; then this process's pool is made small."""
    from app.domains.notifications.ports import Mailer
    from app.foundation.ports import port, provide
    from app.wiring import wire

    marked = [open_marked(platform) for _ in range(SHOPS)]
    drain(limit=10_000)
    mailer = port(Mailer)
    wire(load_configuration({**platform.environment, "POOL_SIZE": str(POOL)}))
    provide(Mailer, mailer)
    yield marked
    wire(platform.configuration)
    provide(Mailer, mailer)


def open_marked(platform):
    mark = f"mark-{secrets.token_hex(4)}"
    shop = open_shop(f"pool-{secrets.token_hex(4)}", platform)
    with unit_of_work(shop.scope) as unit:
        unit.session.execute(update(Product).values(title=f"Ring {mark}"))
        record_changed(unit, unit.session.execute(select(Product.id)).scalars().all())
    client = calls.api_of(platform, shop)
    cart = calls.make_cart(client)
    details = {**calls.DETAILS, "email": f"{mark}@example.com"}
    told = client.put(f"/carts/{cart}/checkout/details", details).json
    option = {"shipping_option_id": told["shipping_options"][0]["id"]}
    client.put(f"/carts/{cart}/checkout/shipping", option)
    order = calls.place(client, cart).json["token"]
    secret = client.post(f"/orders/{order}/payment").json["client_secret"]
    journey.pay(platform, secret.split("_secret_")[0])
    assert client.post(f"/orders/{order}/payment/check").json["payment_state"] == "confirmed"
    return Marked(shop.slug, mark, shop.scope)


@dataclass
class Rush:
    """The threads' work, and what they found."""

    platform: Any
    shops: list[Marked]
    done: Counter[str]
    faults: list[str]

    def look(self, shop: Marked, what: str, found: str) -> None:
        foreign = set(MARK.findall(found)) - {shop.mark}
        if foreign or shop.mark not in found:
            self.faults.append(f"{what} of {shop.mark} shows {foreign or 'nothing'}")

    def reads_a_page(self, shop: Marked) -> None:
        client = HostClient(self.platform.web, f"{shop.slug}.galleria.test")
        answer = client.get("/en/collections/all")
        if answer.status_code == 200:  # 503 while a connection was killed under it
            self.look(shop, "page", answer.text)

    def reads_its_tables(self, shop: Marked) -> None:
        with unit_of_work(shop.scope) as unit:
            titles = unit.session.execute(select(Product.title)).scalars().all()
            mails = unit.session.execute(select(OrderContact.email)).scalars().all()
            user, path = unit.session.execute(
                text("SELECT current_user::text, current_setting('search_path')")
            ).one()
        self.look(shop, "tables", " ".join([*titles, *mails]))
        if (user, path) != (shop.scope.schema, f"{shop.scope.schema}, extensions"):
            self.faults.append(f"bound as {user}, {path} instead of {shop.scope.schema}")

    def reads_its_books(self, shop: Marked) -> None:
        with unit_of_work(shop.scope) as unit:
            lines = list_statement(unit, page=1, page_size=100)
            owners = unit.session.execute(text("SELECT DISTINCT shop FROM platform.journal")).all()
        if not lines or owners != [(shop.scope.schema,)]:
            self.faults.append(f"books of {shop.scope.schema} show {owners}")

    def fails_half_way(self, shop: Marked) -> None:
        with pytest.raises(PlannedError), unit_of_work(shop.scope) as unit:
            unit.session.execute(update(Product).values(title="mark-ffffffff"))
            raise PlannedError

    def sends_what_is_refused(self, shop: Marked) -> None:
        other = next(found for found in self.shops if found != shop).scope.schema
        with pytest.raises(ProgrammingError), unit_of_work(shop.scope) as unit:
            unit.session.execute(text(f"SELECT title FROM {other}.product"))

    def is_killed(self, shop: Marked) -> None:
        with pytest.raises(DBAPIError), unit_of_work(shop.scope) as unit:
            pid = unit.session.execute(text("SELECT pg_backend_pid()")).scalar_one()
            with psycopg.connect(self.platform.server.directory, autocommit=True) as superuser:
                superuser.execute("SELECT pg_terminate_backend(%s)", [pid])
            unit.session.execute(select(Product.title))

    def runs_its_jobs(self, shop: Marked) -> None:
        with unit_of_work(shop.scope) as unit:
            record_changed(unit, unit.session.execute(select(Product.id)).scalars().all())
        release_expired_holds(shop.scope)
        look_at_silent_payments(shop.scope)
        drain(limit=3)

    def run(self, seed: int, turns: int) -> None:
        chance = random.Random(seed)
        kinds = (
            [self.reads_a_page, self.reads_its_tables, self.reads_its_books] * 4
            + [self.fails_half_way, self.sends_what_is_refused] * 2
            + [self.is_killed, self.runs_its_jobs]
        )
        for _ in range(turns):
            kind = chance.choice(kinds)
            try:
                kind(chance.choice(self.shops))
            except DBAPIError as error:
                if not error.connection_invalidated:
                    self.faults.append(f"{kind.__name__}: {error}")
            self.done[kind.__name__] += 1


def left_behind(driver_connection: Any) -> str:
    """Return the role and path that a connection carries outside any transaction, else nothing."""
    user, login, path = driver_connection.execute(
        "SELECT current_user::text, session_user::text, current_setting('search_path')"
    ).fetchone()
    return "" if user == login and "t_" not in path else f"{user} {path}"


def path_of(scope: Scope) -> str:
    return f"{scope.schema}, extensions" if isinstance(scope, ShopScope) else "extensions"


def reported_path(driver_connection: Any) -> str:
    """Return the path that the server reports by itself (PostgreSQL 18), at no statement's cost."""
    return driver_connection.pgconn.parameter_status(b"search_path").decode()


@pytest.mark.parametrize("turns", [TURNS, pytest.param(NIGHTLY_TURNS, marks=pytest.mark.nightly)])
def test_no_shop_sees_another(platform, shops, turns):
    rush = Rush(platform, shops, Counter(), [])
    engine = engine_for("main")
    returned = threading.Lock()

    def check(driver_connection, _record):
        if driver_connection is None or driver_connection.closed or driver_connection.broken:
            return
        with returned:
            rush.done["given back"] += 1
        if found := left_behind(driver_connection):
            rush.faults.append(f"given back as {found}")

    def watch(connection, cursor, statement, *_):
        """Every statement at the driver stands under the path of its own scope."""
        expected = path_of(connection.info["scope"])
        with returned:
            rush.done["statements"] += 1
        if (found := reported_path(cursor.connection)) != expected:
            rush.faults.append(f"{statement[:60]} under {found} instead of {expected}")

    event.listen(engine, "checkin", check)
    event.listen(engine, "before_cursor_execute", watch)
    try:
        with ThreadPoolExecutor(THREADS) as pool:
            done = [pool.submit(rush.run, seed, turns // THREADS) for seed in range(THREADS)]
            for future in done:
                future.result()
    finally:
        event.remove(engine, "checkin", check)
        event.remove(engine, "before_cursor_execute", watch)
    assert rush.faults[:5] == []
    assert min(rush.done[name] for name in ("is_killed", "runs_its_jobs", "reads_a_page")) > 20
    assert rush.done["given back"] > turns / 2
    assert rush.done["statements"] > turns
    assert engine.pool.size() == POOL
    with psycopg.connect(platform.server.directory) as connection:
        for shop in shops:
            titles = connection.execute(f"SELECT title FROM {shop.scope.schema}.product".encode())
            assert {row[0] for row in titles} == {f"Ring {shop.mark}"}


def test_control_a_binding_for_the_session_is_found(platform, shops):
    """Without LOCAL, role and path outlive the transaction, and the next one reads foreign rows."""
    first, second = shops[:2]
    url = Database.engines_of_process["main"].url
    with psycopg.connect(
        host=url.host, port=url.port, user=url.username, password=url.password, dbname=url.database,
        autocommit=True,
    ) as connection:  # fmt: skip
        message = first.scope.binding().decode().replace("LOCAL ", "")
        for statement in message.split(";"):
            connection.execute(statement.encode())
        connection.execute("COMMIT")
        assert first.scope.schema in left_behind(connection)
        assert reported_path(connection) == path_of(first.scope) != path_of(second.scope)
        foreign = connection.execute("SELECT title FROM product").fetchall()
        assert second.mark not in str(foreign)
        assert first.mark in str(foreign), "whoever comes next reads the first shop's rows"

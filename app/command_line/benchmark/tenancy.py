"""Many shops in one database: what binding, opening, migrating, a page and memory cost."""

import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import psutil
import psycopg
from sqlalchemy import text

from app.command_line.benchmark.measuring import cost_of, family
from app.command_line.benchmark.pages import Visitor
from app.command_line.benchmark.place import Place, benchmark_place
from app.command_line.embedded.supervisor import Program
from app.foundation.database import ShopScope, directory_scope
from app.foundation.unit_of_work import unit_of_work
from tenants import bootstrap, migrations
from tenants.operations import create_shop, open_shop
from tenants.resolution import ShopRecord
from tenants.spares import build_spares

Say = Callable[[str], None]
OPENED = 20
BINDINGS, PAGES = 400, 400
ADD_COLUMN = "ALTER TABLE product ADD COLUMN benchmark_note text NOT NULL DEFAULT ''"
CREATE_INDEX = "CREATE INDEX benchmark_index ON product (vendor, changed_at)"


def measure_tenancy(*, shops: int, say: Say) -> None:
    """Open so many shops, and print each figure as it is known."""
    with benchmark_place(spares=1) as place:
        first = _open(1)
        say(f"binding, 1 shop: {_bind_milliseconds(first):.3f} ms a transaction")
        web = place.start_web("wsgi:application", place.addresses.port)
        say(f"a shop's home page, 1 shop: {_page_milliseconds(place, web, first)}")
        seconds = _timed(lambda: _build(place, shops))
        say(f"provisioning {shops} schemas: {seconds:.1f} s, {seconds / shops * 1000:.0f} ms each")
        opened = _open(shops - 1)
        say(f"opening a shop from a spare: {_open_seconds(place) * 1000:.0f} ms")
        say(f"binding, {shops} shops in turn: {_bind_milliseconds(opened):.3f} ms a transaction")
        say(f"memory: {_memory(place, opened)}")
        say(f"a shop's home page, {shops} shops in turn: {_page_milliseconds(place, web, opened)}")
        say(f"release with nothing pending: {_timed(lambda: _release(place)):.1f} s")
        for name, statement in (("ADD COLUMN", ADD_COLUMN), ("CREATE INDEX", CREATE_INDEX)):
            seconds = _migrate(place, statement)
            say(f"{name} for {shops} shops, two at a time: {seconds:.1f} s,"
                f" {seconds / shops * 1000:.1f} ms each")  # fmt: skip


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _build(place: Place, wanted: int) -> None:
    build_spares(place.dsn, place.dsn, cell="main", wanted=wanted)


def _release(place: Place) -> None:
    secret = place.state.secrets()["DATABASE_PASSWORD_SECRET"]
    bootstrap.prepare(place.addresses.database, password_secret=secret, spares=0)


_numbers = iter(range(1, 1_000_000))


def _open(count: int) -> list[ShopRecord]:
    return [_open_one() for _ in range(count)]


def _open_one() -> ShopRecord:
    number = next(_numbers)
    with unit_of_work(directory_scope()) as unit:
        shop = create_shop(
            unit, slug=f"shop-{number}", name=f"Shop {number}", kind="maker", country="DE",
            currency="EUR", language="en",
        )  # fmt: skip
        open_shop(unit, shop_id=shop.id, actor="system")
    return shop


def _open_seconds(place: Place) -> float:
    _build(place, OPENED)
    return statistics.median(_timed(_open_one) for _ in range(OPENED))


def _bind_milliseconds(shops: list[ShopRecord]) -> float:
    """Return the median time of an empty transaction over the shops in turn, once all are warm."""
    rounds = max(BINDINGS // len(shops), 1)
    for shop in shops:
        _nothing(shop.scope)
    times = [_timed(partial(_nothing, shop.scope)) for _ in range(rounds) for shop in shops]
    return statistics.median(times) * 1000


def _page_milliseconds(place: Place, web: Program, shops: list[ShopRecord]) -> str:
    """Return the median times and the CPU of a page over the shops in turn, once all are warm."""
    base, pid = place.addresses.base_domain, web.running.pid if web.running else 0
    visitors = [Visitor(place.addresses.port, f"{shop.slug}.{base}") for shop in shops]
    before = _resident_kilobytes(pid)
    _visit(visitors)
    grown = (_resident_kilobytes(pid) - before) / len(shops)
    rounds = max(PAGES // len(shops), 1)
    times: list[float] = []
    cost = cost_of(
        lambda: times.extend(time for _ in range(rounds) for time in _visit(visitors)),
        times=rounds * len(shops), web=pid, database=place.postgres.pid,
    )  # fmt: skip
    return (
        f"{statistics.median(times) * 1000:.1f} ms, CPU web {cost.web:.1f}, database"
        f" {cost.database:.1f} ms; the web process grew by {grown:.1f} KB a shop"
    )


def _visit(visitors: list[Visitor]) -> list[float]:
    return [_timed(partial(_look_in, visitor)) for visitor in visitors]


def _look_in(visitor: Visitor) -> None:
    visitor.get("/en/")
    visitor.leave()


def _resident_kilobytes(pid: int) -> int:
    size: int = sum(psutil.Process(found).memory_info().rss for found in family(pid))
    return size // 1024


def _nothing(scope: ShopScope) -> None:
    with unit_of_work(scope) as unit:
        unit.session.execute(text("SELECT 1"))


def _memory(place: Place, shops: list[ShopRecord]) -> str:
    """Return how much memory of its own one backend takes for every shop that it served once."""
    with psycopg.connect(place.dsn, autocommit=True) as connection:
        before = _own_bytes(connection)
        for shop in shops:
            connection.execute(f"SET search_path = {shop.schema}".encode())
            connection.execute(b"SELECT * FROM product_card LIMIT 1")
            connection.execute(b"SELECT * FROM stock LIMIT 1")
        grown = _own_bytes(connection) - before
    return f"{grown / len(shops) / 1024:.1f} KB of a backend for each shop that it served"


def _own_bytes(connection: psycopg.Connection[Any]) -> int:
    """Return what PostgreSQL counts; the kernel would count shared buffers that only it has used."""
    query = b"SELECT sum(total_bytes)::bigint FROM pg_backend_memory_contexts"
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0


def _migrate(place: Place, statement: str) -> float:
    """Apply one more revision to every shop with the real runner, and take its name back."""
    original = migrations.revisions
    extra = migrations.Revision(f"benchmark_{abs(hash(statement))}", statement + ";")
    steps = {line: original(line) for line in migrations.LINES}
    steps["tenant"] = (*steps["tenant"], extra)
    migrations.revisions = steps.__getitem__  # type: ignore[assignment]
    try:
        seconds = _timed(lambda: _migrate_all(place))
    finally:
        migrations.revisions = original
    with psycopg.connect(place.dsn, autocommit=True) as connection:
        connection.execute(
            "UPDATE platform.shop_migration SET revision = %s", [steps["tenant"][-2].name]
        )
    return seconds


def _migrate_all(place: Place) -> None:
    *_, (_, _, stragglers) = migrations.migrate_shops(place.dsn)
    if stragglers:
        raise RuntimeError(stragglers[0].error)

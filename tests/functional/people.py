"""A person who deals in several shops, and a search through everything that is kept anywhere."""

import hashlib
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import psycopg
from redis import Redis
from sqlalchemy import select

from app.domains.accounts.people.operations import register_person
from app.domains.cart.queries import find_cart
from app.domains.checkout.confirmation.beginning import begin_payment
from app.domains.checkout.confirmation.confirming import confirm_payment
from app.domains.checkout.confirmation.sight import open_payment
from app.domains.checkout.operations import place_checkout
from app.domains.orders.queries import find_order_by_token
from app.domains.payments.queries import get_payment
from app.foundation.clock import clock
from app.foundation.database import db, directory_scope
from app.foundation.sealing import Sealed, SealedForPerson
from app.foundation.unit_of_work import unit_of_work
from tests.conftest import drain
from tests.functional import journey, settling
from tests.functional.signing_in import hash_once

LEDGER = ("journal", "entry", "balance", "account")


def make_person(email: str = "", name: str = "Ada Buyer") -> tuple[UUID, str]:
    """Make an account with a proved address."""
    email = email or f"{secrets.token_hex(6)}@example.com"
    with unit_of_work(directory_scope()) as unit:
        person_id = register_person(
            unit,
            email=email,
            name=name,
            password_hash=hash_once("a long pass phrase"),
            language="en",
        )
    return person_id, email


def order_as(platform: Any, shop: Any, person_id: UUID | None, **address: str) -> tuple[UUID, str]:
    """Place and pay an order as a signed-in person, or as a guest; return its id and its secret."""
    client = platform.shop_client(shop.slug)
    journey.fill_basket(client)
    assert journey.give_address(client, **address).status_code == 303
    journey.choose_shipping(client)
    if person_id is None:
        token = journey.token_of(journey.place(client))
    else:
        seen = journey.fingerprint(client)
        cart_secret = client.cookie("cart").value
        with unit_of_work(shop.scope) as unit:
            placed = place_checkout(
                unit, cart=find_cart(unit, token=cart_secret), currency="EUR", language="en",
                seen=seen, origin="storefront", person_id=person_id,
            )  # fmt: skip
            opened = open_payment(unit, get_payment(unit, placed.payment_id))
        begin_payment(shop.scope, opened)
        token = placed.token
    journey.pay(platform, journey.intent_of(client, token))
    client.get(f"/en/orders/{token}/return")
    drain()
    with unit_of_work(shop.scope) as unit:
        return find_order_by_token(unit, token=token).id, token


def let_everything_arrive(orders: list[tuple[Any, UUID]]) -> None:
    """Send what was ordered and let the waiting pass, until the sellers have their money."""
    for shop, order_id in orders:
        settling.send(shop, order_id)
    clock.move(settling.ALL_HELD)
    for shop in {shop.id: shop for shop, _ in orders}.values():
        settling.run_schedule(shop)
    drain()


def ledger_hash(platform: Any) -> str:
    """Return a fingerprint of the whole ledger, byte for byte."""
    digest = hashlib.sha256()
    for dsn in platform.server.cells.values():
        with psycopg.connect(dsn) as connection:
            for table in LEDGER:
                rows = connection.execute(
                    f"SELECT t::text FROM platform.{table} t ORDER BY t::text".encode()
                )
                for (row,) in rows:
                    digest.update(row.encode())
    return digest.hexdigest()


def everything(platform: Any, shops: list[Any]) -> Iterator[tuple[str, str]]:
    """Yield all that is kept, by where: every table as it is and opened, Redis, files."""
    yield from _tables(platform)
    yield from _opened(shops)
    yield from _redis(platform.configuration.redis_url)
    yield from _files(Path(urlsplit(platform.environment["STORAGE_URL"]).path))


def _tables(platform: Any) -> Iterator[tuple[str, str]]:
    for dsn in {platform.server.directory, *platform.server.cells.values()}:
        with psycopg.connect(dsn) as connection:
            names = connection.execute(
                "SELECT table_schema, table_name FROM information_schema.tables WHERE table_type ="
                " 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')"
            ).fetchall()
            for schema, table in names:
                rows = connection.execute(f'SELECT t::text FROM "{schema}"."{table}" t'.encode())
                yield f"{schema}.{table}", "\n".join(row[0] for row in rows)


def _opened(shops: list[Any]) -> Iterator[tuple[str, str]]:
    """Open every sealed column: what a key of ours still opens is still there."""
    scopes = {"directory": [directory_scope()], "shop": [shop.scope for shop in shops]}
    for kind, places in scopes.items():
        for mapper in db.Model.registry.mappers:
            table = mapper.local_table
            sealed = [c for c in mapper.columns if isinstance(c.type, Sealed | SealedForPerson)]
            if not sealed or table.metadata is not db.metadatas[kind]:
                continue
            for scope in places:
                with unit_of_work(scope) as unit:
                    rows = unit.session.execute(select(*sealed)).all()
                yield f"{table.name} opened", "\n".join(str(tuple(row)) for row in rows)


def _redis(url: str) -> Iterator[tuple[str, str]]:
    redis = Redis.from_url(url)
    for key in redis.scan_iter():
        kind = redis.type(key)
        value = {
            b"string": redis.get, b"hash": redis.hgetall, b"set": redis.smembers,
            b"list": lambda k: redis.lrange(k, 0, -1), b"zset": lambda k: redis.zrange(k, 0, -1),
        }.get(kind, lambda _: b"")(key)  # fmt: skip
        yield f"redis {key!r}", f"{key!r} {value!r}"


def _files(folder: Path) -> Iterator[tuple[str, str]]:
    for path in folder.rglob("*"):
        if path.is_file():
            yield f"file {path.name}", path.name + path.read_bytes().decode("utf-8", "replace")


def find_canaries(
    platform: Any, shops: list[Any], canaries: list[str], log: str = ""
) -> dict[str, set[str]]:
    """Return where each canary still is; those that are nowhere are left out."""
    found: dict[str, set[str]] = {}
    for where, text in [*everything(platform, shops), ("log", log)]:
        lowered = text.lower()
        for canary in canaries:
            if canary.lower() in lowered:
                found.setdefault(canary, set()).add(where)
    return found


__all__ = [
    "confirm_payment", "everything", "find_canaries", "ledger_hash", "let_everything_arrive",
    "make_person", "order_as",
]  # fmt: skip

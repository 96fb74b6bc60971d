"""List, product, search, add to cart and a whole purchase: CPU of web and database, and a floor."""

import http.client
import json
import statistics
import subprocess
import sys
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import psycopg

from app.command_line.benchmark.measuring import Cost, cost_of
from app.command_line.benchmark.place import Place, benchmark_place
from app.command_line.demo.steps import KEPT_PICTURES
from app.command_line.embedded import process
from app.command_line.errors import CommandError
from app.command_line.launch import CHECKOUT, data_folder
from app.domains.search.operations import rebuild_cards
from app.domains.search.queries import Wanted, find_cards
from app.foundation.database import directory_scope
from app.foundation.unit_of_work import unit_of_work
from tenants.resolution import ShopRecord, find_shop

SHOP, WORD = "holunder-erz", "silver"
ENOUGH = 100_000
WARM_UP = 30
FORM = "application/x-www-form-urlencoded"
PAYMENT_KEY = "sk_test_benchmark"
Say = Callable[[str], None]
ADDRESS = {
    "name": "Ada Buyer", "street_address": "Lindenstrasse 5", "postal_code": "10969",
    "city": "Berlin", "country_code": "DE",
}  # fmt: skip


@dataclass(slots=True)
class Visitor:
    """One connection that stays open, to one host of one server."""

    port: int
    host: str
    cookies: str = ""
    token: str = ""
    _connection: http.client.HTTPConnection | None = field(default=None, repr=False)

    def send(
        self, method: str, path: str, body: str = "", kind: str = "", key: str = ""
    ) -> tuple[http.client.HTTPResponse, bytes]:
        """Send a request and return the answer with its body."""
        if self._connection is None:
            self._connection = http.client.HTTPConnection(process.LOOPBACK, self.port, timeout=30)
        headers = {"Host": self.host, "Cookie": self.cookies, "Sec-Fetch-Site": "same-origin"}
        if kind:
            headers["Content-Type"] = kind
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if key:
            headers["Idempotency-Key"] = key
        self._connection.request(method, path, body.encode() or None, headers)
        answer = self._connection.getresponse()
        return answer, answer.read()

    def leave(self) -> None:
        """Close the connection; the next request opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def get(self, path: str) -> bytes:
        """Return a page. Raises CommandError for anything but 200."""
        answer, body = self.send("GET", path)
        if answer.status != http.client.OK:
            raise CommandError(f"{path} answered {answer.status}")
        return body

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Call the API. Raises CommandError for a problem."""
        answer, content = self.send(
            method, f"/api/v1{path}", json.dumps(body) if body is not None else "",
            "application/json" if body is not None else "", str(uuid.uuid4()),
        )  # fmt: skip
        if answer.status >= http.client.BAD_REQUEST:
            raise CommandError(f"{method} {path} answered {answer.status}: {content.decode()}")
        return json.loads(content)


def measure_pages(*, rounds: int, requests: int, purchases: int, say: Say) -> None:
    """Measure, and print a table: ours, the floor, and the ratio of the two."""
    with benchmark_place(spares=3) as place:
        say("Opening the demo shops …")
        _open_shops(place)
        shop = _prepare_shop(place)
        handle, variant = _best_known(place, shop)
        place.start_stripe()
        web = place.start_web("wsgi:application", place.addresses.port)
        ours = Visitor(place.addresses.port, f"{SHOP}.{place.addresses.base_domain}")
        paths = {
            "list": "/en/collections/all",
            "product": f"/en/products/{handle}",
            "search": f"/en/search?q={WORD}",
        }
        sizes = {name: len(ours.get(path)) for name, path in paths.items()}
        port = process.find_free_port()
        plan = _floor_plan(place, shop, handle, variant, sizes)
        floor_file = place.state.folder / "floor.json"
        floor_file.write_text(json.dumps(plan))
        base = place.start_web(
            "app.command_line.benchmark.floor:application", port, {"FLOOR_FILE": str(floor_file)}
        )
        floor = Visitor(port, place.addresses.base_domain)
        pids = _pid(web), _pid(base), place.postgres.pid
        say(_heading())
        for name, path in paths.items():
            works = (lambda: ours.get(path), lambda: floor.get(f"/{name}"))  # noqa: B023
            _check_sizes(name, sizes[name], len(floor.get(f"/{name}")))
            costs = _interleaved(works, pids, rounds=rounds, requests=requests)
            say(_line(name, *costs))
        adding = (lambda: _add(ours, variant), lambda: floor.send("POST", "/add"))
        say(_line("add to cart", *_interleaved(adding, pids, rounds=rounds, requests=requests)))
        say(_line("purchase (API)", _purchase_cost(place, ours, variant, pids, purchases), None))


def _open_shops(place: Place) -> None:
    folders = [str(place.state.folder), str(data_folder() / KEPT_PICTURES)]
    command = [sys.executable, "-P", "-m", "app.command_line.demo.shops", *folders]
    environment = place.environment("tools")
    done = subprocess.run(command, env=environment, cwd=CHECKOUT, check=False)
    if done.returncode:
        raise CommandError("The demo shops could not be opened; the lines above say why.")


def _prepare_shop(place: Place) -> ShopRecord:
    with unit_of_work(directory_scope()) as unit:
        shop = find_shop(unit, SHOP)
    if shop is None:
        raise CommandError(f"There is no shop {SHOP}.")
    with psycopg.connect(place.dsn, autocommit=True) as connection:
        connection.execute(f"UPDATE {shop.schema}.stock SET on_hand = {ENOUGH}".encode())
        found = connection.execute(f"SELECT id FROM {shop.schema}.product".encode()).fetchall()
        _build_cards(shop, [row[0] for row in found])
        connection.execute(b"VACUUM ANALYZE")
    return shop


def _build_cards(shop: ShopRecord, product_ids: list[UUID]) -> None:
    """Build what lists and search read; no relay runs here that would deliver the events."""
    with unit_of_work(shop.scope) as unit:
        rebuild_cards(unit, product_ids=product_ids, currency=shop.currency)
    with unit_of_work(shop.scope) as unit:
        if not find_cards(unit, wanted=Wanted(), currency=shop.currency, language="en").cards:
            raise CommandError(f"The lists of {shop.slug} are empty; there is nothing to measure.")


def _best_known(place: Place, shop: ShopRecord) -> tuple[str, str]:
    """Return the product with the most variants, and one of these."""
    with psycopg.connect(place.dsn) as connection:
        row = connection.execute(
            f"SELECT p.handle, (array_agg(v.id))[1] FROM {shop.schema}.product p"
            f" JOIN {shop.schema}.variant v ON v.product_id = p.id WHERE p.is_published"
            f" GROUP BY p.id ORDER BY count(*) DESC, p.handle LIMIT 1".encode()
        ).fetchone()
    if row is None:
        raise CommandError("The shop has no products.")
    return str(row[0]), str(row[1])


def _floor_plan(
    place: Place, shop: ShopRecord, handle: str, variant: str, sizes: dict[str, int]
) -> dict[str, Any]:
    cards = "SELECT handle, facts->>'title', price, is_available, facts->'picture'->>'hash'"
    source = f" FROM {shop.schema}.product_card"
    queries: dict[str, tuple[str, list[str]]] = {
        "list": (f"{cards}{source} ORDER BY listed_at DESC, product_id LIMIT 24", []),
        "product": (
            f"SELECT handle, title, body_html, vendor, tags FROM {shop.schema}.product"
            " WHERE handle = %s", [handle],
        ),
        "search": (f"{cards}{source} WHERE words @@ to_tsquery('simple', %s) LIMIT 24",
                   [f"{WORD}:*"]),
    }  # fmt: skip
    pages: dict[str, dict[str, Any]] = {
        name: {"query": query, "parameters": parameters, "template": ""}
        for name, (query, parameters) in queries.items()
    }
    with psycopg.connect(place.dsn) as connection:
        for name, facts in pages.items():
            query, parameters = queries[name]
            rows = connection.execute(query.encode(), parameters).fetchall()
            body = sum(len(str(cell)) for row in rows for cell in row) + 9 * len(rows)
            facts["template"] = _template(max(sizes[name] - body, 0))
        cart = connection.execute(
            f"INSERT INTO {shop.schema}.cart (id, token_hash, state, created_at, touched_at)"
            " VALUES (gen_random_uuid(), decode(md5('floor'), 'hex'), 'open', now(), now())"
            " RETURNING id".encode()
        ).fetchone()
    add = (
        f"INSERT INTO {shop.schema}.cart_line (cart_id, variant_id, quantity, price_seen, added_at)"
        " VALUES (%s, %s, 1, 100, now()) ON CONFLICT (cart_id, variant_id)"
        " DO UPDATE SET quantity = 1 + cart_line.quantity % 90"
    )
    return {
        "dsn": place.dsn,
        "pages": pages,
        "add": {"query": add, "parameters": [str(cart[0]) if cart else "", variant]},
    }


def _template(filling: int) -> str:
    rows = "{% for row in rows %}<li>{% for cell in row %}{{ cell }}{% endfor %}</li>{% endfor %}"
    return f"<!doctype html><title>floor</title><ul>{rows}</ul>{'x' * filling}"


def _check_sizes(name: str, ours: int, floor: int) -> None:
    if not 0.9 * ours <= floor <= 1.1 * ours:
        raise CommandError(f"The floor's {name} has {floor} bytes beside our {ours}: not alike.")


def _pid(program: Any) -> int:
    pid: int = program.running.pid
    return pid


def _interleaved(
    works: tuple[Callable[[], object], Callable[[], object]],
    pids: tuple[int, int, int],
    *,
    rounds: int,
    requests: int,
) -> list[Cost]:
    """Return the median cost of ours and of the floor, measured in turns."""
    costs: tuple[list[Cost], list[Cost]] = ([], [])
    for work in works:
        _repeat(work, WARM_UP)
    for _ in range(rounds):
        for work, pid, found in zip(works, pids[:2], costs, strict=True):
            found.append(
                cost_of(
                    lambda work=work: _repeat(work, requests),  # type: ignore[misc]
                    times=requests, web=pid, database=pids[2],
                )
            )  # fmt: skip
    return [
        Cost(
            statistics.median(cost.web for cost in found),
            statistics.median(cost.database for cost in found),
        )
        for found in costs
    ]


def _repeat(work: Callable[[], object], times: int) -> None:
    for _ in range(times):
        work()


def _add(visitor: Visitor, variant: str) -> None:
    answer, _ = visitor.send(
        "POST", "/en/cart/lines", f"variant_id={variant}&quantity=1",
        FORM,
    )  # fmt: skip
    if answer.status != http.client.SEE_OTHER:
        raise CommandError(f"Adding to the basket answered {answer.status}.")
    visitor.cookies = answer.headers["Set-Cookie"].partition(";")[0]


def _purchase_cost(
    place: Place, visitor: Visitor, variant: str, pids: tuple[int, int, int], purchases: int
) -> Cost:
    port = int(place.addresses.stripe_url.rpartition(":")[2])
    provider = Visitor(port, f"{process.LOOPBACK}:{port}", token=PAYMENT_KEY)
    _buy(visitor, provider, variant)
    return cost_of(
        lambda: _repeat(lambda: _buy(visitor, provider, variant), purchases),
        times=purchases, web=pids[0], database=pids[2],
    )  # fmt: skip


def _buy(visitor: Visitor, provider: Visitor, variant: str) -> None:
    """Find the shop's products, read one, and buy it as a guest, to the confirmation."""
    visitor.call("GET", "/products")
    cart = visitor.call("POST", "/carts", {"lines": [{"variant_id": variant}]})["token"]
    details = {"email": "ada@example.com", "address": ADDRESS}
    told = visitor.call("PUT", f"/carts/{cart}/checkout/details", details)
    option = {"shipping_option_id": told["shipping_options"][0]["id"]}
    quote = visitor.call("PUT", f"/carts/{cart}/checkout/shipping", option)["quote"]
    placed = visitor.call("POST", f"/carts/{cart}/order", {"fingerprint": quote["fingerprint"]})
    payment = visitor.call("POST", f"/orders/{placed['token']}/payment")
    _pay(provider, payment["client_secret"].partition("_secret_")[0])
    order = visitor.call("POST", f"/orders/{placed['token']}/payment/check")
    if order["payment_state"] != "confirmed":
        raise CommandError(f"The purchase ended as {order['payment_state']}.")


def _pay(provider: Visitor, intent: str) -> None:
    """Confirm at the stand-in, as the payment field in the buyer's browser does."""
    form = urlencode({"payment_method": "pm_card_visa", "return_url": "http://shop/return"})
    answer, body = provider.send("POST", f"/v1/payment_intents/{intent}/confirm", form, FORM)
    if answer.status != http.client.OK:
        raise CommandError(f"The stand-in for Stripe answered {answer.status}: {body.decode()}")


def _heading() -> str:
    return (
        "CPU milliseconds a request    ours: web    database   total    floor: web  database"
        "   total    ratio"
    )


def _line(name: str, ours: Cost, floor: Cost | None) -> str:
    text = f"{name:<28} {ours.web:>10.2f} {ours.database:>11.2f} {ours.total:>7.2f}"
    if floor is None:
        return text
    ratio = ours.total / floor.total if floor.total else float("nan")
    return f"{text} {floor.web:>13.2f} {floor.database:>9.2f} {floor.total:>7.2f} {ratio:>8.2f}"

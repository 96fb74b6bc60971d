"""What tests stand on: real PostgreSQL and Valkey, shops of their own, the stand-in for Stripe."""

import base64
import contextlib
import json
import os
import secrets
import shutil
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from app.command_line.embedded.servers import test_servers
from app.command_line.launch import data_folder
from tests.simulators.stripe import StripeStandIn

ROOT = Path(__file__).resolve().parent.parent
BASE_DOMAIN = "galleria.test"
NIGHTLY_SECONDS = 6 * 3600
"""How long one test of a large size may take."""
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
]

LONGEST_FIRST = (
    "functional/attacks/test_every_form.py",
    "functional/test_sign_in_abuse.py",
    "functional/test_privacy.py",
    "functional/test_canaries.py",
    "functional/test_people_commands.py",
    "integration/domains/privacy/test_export_and_erasure.py",
    "integration/foundation/test_audit_checkpoints.py",
    "integration/foundation/test_audit_tampering.py",
    "integration/foundation/test_rotation.py",
    "faults/test_dying_and_retrying.py",
    "load/test_webhook_histories.py",
    "integration/command_line/test_demo.py",
    "load/test_kills.py",
    "integration/tenancy/test_one_pool.py",
    "browser/test_a_persons_data.py",
)
"""Files that take longest come first, so that no process is left with one of them at the end.

Those that read every shop there is come before the many that open one, and those that take times
before those that start whole marketplaces of their own.
"""


def pytest_addoption(parser):
    parser.addoption("--nightly", action="store_true", help="run the large sizes too")


def pytest_collection_modifyitems(config, items):
    ranks = {ROOT / "tests" / name: rank for rank, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: ranks.get(item.path, len(ranks)))  # keeps the order of the others
    is_nightly = config.getoption("--nightly")
    skip = pytest.mark.skip(reason="a large size: run with --nightly")
    for item in items:
        if "nightly" in item.keywords:
            item.add_marker(pytest.mark.timeout(NIGHTLY_SECONDS) if is_nightly else skip)


@pytest.fixture(scope="session")
def servers():
    with test_servers(data_folder() / "test", os.environ) as running:
        yield running


def fresh_database(superuser_dsn: str, name: str) -> str:
    """Drop and create a database; return its superuser address."""
    from tenants import bootstrap

    with psycopg.connect(superuser_dsn, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())
    return bootstrap.create_database(superuser_dsn, name)


@dataclass
class Platform:
    """A whole marketplace: databases, configuration, the stand-in for Stripe, the web application."""

    server: Any
    password_secret: str
    environment: dict[str, str]
    configuration: Any
    stripe: StripeStandIn
    web: Any
    worker: Any

    def client(self, host: str) -> "HostClient":
        return HostClient(self.web, host)

    def shop_client(self, slug: str) -> "HostClient":
        return self.client(f"{slug}.{BASE_DOMAIN}")


class HostClient:
    """A browser without JavaScript: one host, cookies, same-site requests.

    Each has an address in a network of its own: failures of one test must not count in another.
    """

    def __init__(self, web: Any, host: str, address: str = "") -> None:
        from werkzeug.test import Client

        self._client = Client(web)
        self.host = host
        self._from = {"REMOTE_ADDR": address or f"2001:db8:{secrets.randbelow(65536):x}::1"}

    def get(self, path: str, **options: Any) -> Any:
        return self._client.get(path, **self._place(options))

    def post(self, path: str, data: Any = None, headers: Any = None, **options: Any) -> Any:
        headers = {"Sec-Fetch-Site": "same-origin", **(headers or {})}
        return self._client.post(path, data=data, headers=headers, **self._place(options))

    def _place(self, options: dict[str, Any]) -> dict[str, Any]:
        found = {**self._from, **options.pop("environ_base", {})}
        return {"base_url": f"http://{self.host}", "environ_base": found, **options}

    def keep_cookie(self, name: str, value: str) -> None:
        self._client.set_cookie(name, value, domain=self.host)

    def cookie(self, name: str) -> Any:
        return self._client.get_cookie(name, domain=self.host)


def drain(limit: int = 500) -> int:
    """Deliver everything that is due, as relay and worker would, until nothing is left."""
    from app.foundation.database import DIRECTORY, cell_names
    from app.foundation.delivery import deliver, platform_scope, take_due
    from app.foundation.unit_of_work import unit_of_work
    from workers.jobs import find_scope

    done = 0
    while done < limit:
        due = []
        for database in (DIRECTORY, *cell_names()):
            with unit_of_work(platform_scope(database)) as unit:
                due += take_due(unit)
        if not due:
            return done
        for _, key in due:
            deliver(key, find_scope=find_scope)
            done += 1
    return done


def make_environment(
    server: Any, servers: Any, stripe: StripeStandIn, password_secret: str, group: str, folder: Any
) -> dict[str, str]:
    from app.foundation.database import DIRECTORY

    return {
        "BASE_DOMAIN": BASE_DOMAIN,
        "DIRECTORY_DATABASE_URL": server.login_dsn(group, DIRECTORY, password_secret),
        "CELL_DATABASE_URLS": json.dumps(
            {cell: server.login_dsn(group, cell, password_secret) for cell in server.cells}
        ),
        "REDIS_URL": servers.redis_url,
        "SECRET_KEYS": secrets.token_hex(32),
        "SEALING_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "BLIND_INDEX_KEY": secrets.token_hex(32),
        "STRIPE_API_KEY": "sk_test_stand_in",
        "STRIPE_PUBLISHABLE_KEY": "pk_test_stand_in",
        "STRIPE_WEBHOOK_SECRETS": stripe.sender.secret,
        "STRIPE_API_BASE": stripe.url,
        "STRIPE_JS_URL": f"{stripe.url}/v3/stripe.js",
        "STRIPE_FRAME_ORIGINS": stripe.url,
        "STRIPE_TIMEOUT_SECONDS": "2",
        "STRIPE_REST_SECONDS": "4",
        "CHECKPOINT_URL": (folder / "checkpoints").as_uri(),
        "AUDIT_SIGNING_KEYS": base64.b64encode(secrets.token_bytes(32)).decode(),
        "STORAGE_URL": (folder / "media").as_uri(),
        "PROCESS_NAME": group,
        "ENVIRONMENT": "test",
        "RATE_LIMIT_FACTOR": "100000",
        "CHALLENGE_ROUNDS": "2",
        "LOG_LEVEL": "WARNING",
        "POOL_SIZE": "16",
    }


@contextlib.contextmanager
def run_platform(server: Any, servers: Any, folder: Path, password_secret: str) -> Any:
    """Make a marketplace on these databases, and wire this process to it."""
    from app.dispatcher import Dispatcher
    from app.domains.notifications.ports import Mailer
    from app.factory import create_worker_app
    from app.foundation.configuration import load_configuration
    from app.foundation.ports import provide
    from app.wiring import wire
    from tenants import bootstrap

    bootstrap.prepare(server, password_secret=password_secret, spares=2)
    with StripeStandIn(webhook_secret="whsec_" + secrets.token_hex(8)) as stripe:
        environment = make_environment(server, servers, stripe, password_secret, "tools", folder)
        configuration = load_configuration(environment)
        wire(configuration)
        running = Platform(
            server,
            password_secret,
            environment,
            configuration,
            stripe,
            Dispatcher(configuration),
            create_worker_app(configuration),
        )
        provide(Mailer, Collector())
        with running.worker.app_context():
            yield running


@pytest.fixture(scope="session")
def platform(servers, tmp_path_factory):
    """A marketplace on one database, wired in this process."""
    from tenants import bootstrap

    dsn = fresh_database(servers.superuser_dsn, "galleria_tests")
    server = bootstrap.DatabaseServer(dsn, {"main": dsn})
    folder = tmp_path_factory.mktemp("state")
    with run_platform(server, servers, folder, secrets.token_hex(16)) as running:
        yield running


@pytest.fixture(scope="module")
def no_failures(platform):
    """Forget the sign-ins that failed in earlier files: they count for all who come from here."""
    with psycopg.connect(platform.server.directory) as connection:
        connection.execute("DELETE FROM directory.sign_in_attempt")


@pytest.fixture(autouse=True)
def quiet_stand_in(request):
    """Begin without the failures of other files; leave no fault planned, and no breaker open."""
    if "platform" in request.fixturenames:
        request.getfixturevalue("no_failures")
    yield
    if "platform" in request.fixturenames:
        from app.domains.payments.ports import PaymentProvider
        from app.foundation.ports import port

        request.getfixturevalue("platform").stripe.faults.reset()
        port(PaymentProvider).breaker.close()


@pytest.fixture
def moved_clock():
    """The one clock, which this test may move; it goes back afterwards."""
    from app.foundation.clock import clock

    yield clock
    clock.reset()


class Collector:
    """Plays the mail server, which is outside the machine."""

    def __init__(self) -> None:
        self.sent: list[Any] = []

    def send(self, mail: Any) -> None:
        self.sent.append(mail)


@pytest.fixture
def mails(platform):
    """Collect mails instead of sending them: the mail server is outside the machine."""
    from app.domains.notifications.ports import Mailer
    from app.foundation.ports import port, provide

    drain()
    collector, before = Collector(), port(Mailer)
    provide(Mailer, collector)
    yield collector.sent
    provide(Mailer, before)


_numbers = iter(range(1, 10_000))


@pytest.fixture
def shop(platform):
    """A shop of this test's own, open, with three products in stock and shipping to Europe."""
    return open_shop(f"shop-{secrets.token_hex(4)}", platform)


def open_shop(
    slug: str, platform: Platform, *, kind: str = "maker", cell: str = "", stock: int = 5
) -> Any:
    from app.domains.catalog.imports.operations import import_products
    from app.domains.catalog.imports.parsing import parse_products
    from app.domains.content.operations import save_profile
    from app.domains.fulfilment.operations import add_shipping_option
    from app.domains.inventory.operations import ensure_location, set_stock
    from app.foundation.database import directory_scope
    from app.foundation.unit_of_work import unit_of_work
    from tenants.operations import create_shop
    from tenants.operations import open_shop as open_doors
    from tenants.spares import build_spares

    for name, dsn in platform.server.cells.items():
        build_spares(platform.server.directory, dsn, cell=name, wanted=2)
    with unit_of_work(directory_scope()) as unit:
        record = create_shop(
            unit,
            slug=slug,
            name=f"Shop {slug}",
            kind=kind,
            country="DE",
            currency="EUR",
            language="en",
            cell=cell,
        )
    with unit_of_work(record.scope) as unit:
        save_profile(
            unit,
            texts={
                "en": {
                    "tagline": "Made by hand",
                    "hero_title": "Rings",
                    "story_html": "<p>Our story</p>",
                }
            },
            pictures={},
            contact_email="shop@example.com",
        )
        add_shipping_option(
            unit,
            names={"en": "Parcel", "de": "Paket", "fr": "Colis"},
            countries=["DE", "FR", "AT", "NL"],
            price=490,
            free_from=20000,
            days=(2, 4),
            position=1,
        )
        add_shipping_option(
            unit,
            names={"en": "Airmail"},
            countries=["*"],
            price=1490,
            free_from=None,
            days=(5, 12),
            position=2,
        )
        report = import_products(unit, file=parse_products(product_file(stock), currency="EUR"))
        set_stock(unit, location_id=ensure_location(unit, name="Workshop"), quantities=report.stock)
    with unit_of_work(directory_scope()) as unit:
        open_doors(unit, shop_id=record.id, actor="system")
        from tenants.operations import get_shop

        record = get_shop(unit, record.id)
    drain()
    return record


def product_file(stock: int) -> bytes:
    return (
        "Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Qty,Variant Price,Variant Compare At Price,Image Src\n"
        f'elder-ring,Elder ring,<p>Silver with <b>ore</b></p>,Workshop,Ring,"silver, ring",true,Metal,Silver,ER-S,{stock},119.00,139.00,\n'
        f"elder-ring,,,,,,,,Gold,ER-G,{stock},389.00,,\n"
        f"lens-necklace,Lens necklace,<p>Glass lens</p>,Workshop,Necklace,silver,true,Title,Default Title,LN,{stock},84.50,,\n"
        f"tiny-stud,Tiny stud,<p>Café crème</p>,Workshop,Earring,,true,Title,Default Title,TS,{stock},24.99,,\n"
    ).encode()


@pytest.fixture(scope="session")
def browser_port():
    """A free port for what a browser is served; the tests' hosts lead there."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def chromium(browser_port):
    """A real browser; the tests' hosts, without a port as they name each other, lead here."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("no Chromium here: as root, ./galleria test installs it from Debian's packages")
    from playwright.sync_api import sync_playwright

    hosts = (BASE_DOMAIN, f"*.{BASE_DOMAIN}")
    mapped = ", ".join(f"MAP {host}:80 127.0.0.1:{browser_port}" for host in hosts)
    rules = f"--host-resolver-rules={mapped}"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=[*CHROMIUM_ARGUMENTS, rules]
        )
        yield browser
        browser.close()

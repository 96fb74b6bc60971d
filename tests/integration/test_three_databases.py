"""The journey with the directory and two cells in three databases (tenancy.md, section 1)."""

import secrets

import psycopg
import pytest

from app.domains.accounts.rules import PLATFORM, Role
from app.domains.checkout.invariants import check_shop
from app.domains.ledger.invariants import check_books
from app.foundation.database import PlatformScope, cell_names
from app.foundation.unit_of_work import unit_of_work
from tenants import bootstrap
from tests.conftest import drain, fresh_database, open_shop, run_platform
from tests.functional import journey
from tests.functional.signing_in import sign_in_as
from tests.functional.test_what_goes_wrong import deliver, events_of

CELLS = ("north", "south")


@pytest.fixture(scope="module")
def spread(platform, servers, tmp_path_factory):
    """A second marketplace, in three databases of the same server; the first is wired again after."""
    from app.domains.notifications.ports import Mailer
    from app.foundation.ports import port, provide
    from app.wiring import wire

    mailer = port(Mailer)
    names = ("directory", *CELLS)
    dsns = {name: fresh_database(servers.superuser_dsn, f"galleria_{name}") for name in names}
    server = bootstrap.DatabaseServer(dsns["directory"], {cell: dsns[cell] for cell in CELLS})
    folder = tmp_path_factory.mktemp("spread")
    with run_platform(server, servers, folder, platform.password_secret) as running:
        yield running
    wire(platform.configuration)
    provide(Mailer, mailer)


@pytest.fixture(scope="module")
def bought(spread):
    """A shop in each cell, an order in each, confirmed by its webhook alone."""
    drain()
    found = {}
    for cell in CELLS:
        shop = open_shop(f"{cell}-{secrets.token_hex(3)}", spread, cell=cell)
        client = spread.shop_client(shop.slug)
        token = journey.check_out(client)
        intent = journey.intent_of(client, token)
        journey.pay(spread, intent)
        for event in events_of(spread, intent):
            assert deliver(spread, event).status_code == 200
        drain()
        assert "Your order stands" in client.get(f"/en/orders/{token}").text
        found[cell] = (shop, token)
    return found


def test_each_shop_is_in_its_own_database(spread, bought):
    assert sorted(cell_names()) == sorted(CELLS)
    for name, dsn in {"directory": spread.server.directory, **spread.server.cells}.items():
        with psycopg.connect(dsn) as connection:
            schemas = {
                row[0]
                for row in connection.execute(
                    "SELECT nspname FROM pg_namespace WHERE nspname !~ '^(pg_|information)'"
                )
            }
        shops = {shop.schema: cell for cell, (shop, _) in bought.items()}
        assert {shops[schema] for schema in schemas & set(shops)} == {name} - {"directory"}
        assert ("directory" in schemas) == (name == "directory")
        assert ("platform" in schemas) == (name != "directory")


def test_each_order_and_its_books_are_in_the_shops_cell(spread, bought):
    for cell, (shop, _) in bought.items():
        with psycopg.connect(spread.server.cells[cell]) as connection:
            booked = connection.execute("SELECT DISTINCT shop FROM platform.journal").fetchall()
            assert booked == [(shop.schema,)]
        with unit_of_work(PlatformScope(cell, "platform_reader")) as unit:
            findings = check_books(unit)
        with unit_of_work(shop.scope) as unit:
            findings += check_shop(unit)
        assert [found for found in findings if not found.holds] == []
        assert sum(found.checked for found in findings) > 0


def test_one_merchant_sees_both_shops_each_with_its_own_order(spread, bought):
    client = sign_in(spread, "console", [(shop.id, Role.OWNER) for shop, _ in bought.values()])
    for shop, token in bought.values():
        number = number_of(spread, shop, token)
        listed = client.get(f"/shops/{shop.id}/orders").text
        assert number in listed
        others = [pair for pair in bought.values() if pair[0].id != shop.id]
        assert all(number_of(spread, *pair) not in listed for pair in others)
        assert client.get(f"/shops/{shop.id}/balance").status_code == 200


def test_the_admin_sees_all_cells(spread, bought):
    client = sign_in(spread, "admin", [(PLATFORM, Role.ADMIN)])
    page = client.get("/").text
    assert all(shop.slug in page for shop, _ in bought.values())
    for shop, token in bought.values():
        assert number_of(spread, shop, token) in client.get(f"/shops/{shop.id}").text
    books = client.get("/books").text
    assert all(cell in books for cell in CELLS)
    assert client.get("/failures").status_code == 200


def test_an_order_of_one_cell_is_not_found_in_the_other(spread, bought):
    (first, _), (_, other_token) = bought.values()
    assert spread.shop_client(first.slug).get(f"/en/orders/{other_token}").status_code == 404


def number_of(spread, shop, token):
    from tests.functional.api.calls import api_of

    return api_of(spread, shop).get(f"/orders/{token}").json["number"]


def sign_in(spread, face, roles):
    return sign_in_as(spread, face, *roles)

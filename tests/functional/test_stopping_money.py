"""A shop whose books break a rule takes no money until a person lets it; the others go on."""

import re
import secrets

import psycopg
import pytest

from app.domains.accounts.rules import PLATFORM, Role
from app.domains.checkout.jobs import compare_books
from app.domains.ledger.jobs import watch_all_books, watch_new_journals
from app.foundation.flags import is_money_stopped
from app.foundation.unit_of_work import unit_of_work
from tests.conftest import open_shop
from tests.functional import journey, settling
from tests.functional.signing_in import sign_in_as


@pytest.fixture
def neighbour(platform):
    return open_shop(f"next-{secrets.token_hex(4)}", platform)


def is_stopped(shop):
    with unit_of_work(shop.scope) as unit:
        return is_money_stopped(unit)


@pytest.fixture
def tampered(platform, shop):
    """Add a cent to one line; it is gone after the test, for the cell is shared."""
    tamper(platform, shop, ADD_A_CENT)
    yield
    tamper(platform, shop, TAKE_IT_BACK)


def tamper(platform, shop, statement):
    """Change the books as only a superuser can: past triggers and policies."""
    with psycopg.connect(platform.server.cells["main"], autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(statement.encode(), {"shop": shop.schema})


ADD_A_CENT = (
    "UPDATE platform.entry SET amount = amount + 1 WHERE ctid = ANY (ARRAY(SELECT ctid FROM"
    " platform.entry WHERE shop = %(shop)s ORDER BY journal_id, line LIMIT 1))"
)
TAKE_IT_BACK = ADD_A_CENT.replace("+ 1", "- 1")


def test_right_books_stop_nobody(platform, shop):
    settling.buy(platform, shop)
    watch_new_journals()
    watch_all_books()
    assert compare_books(shop.scope) == 0
    assert not is_stopped(shop)


@pytest.mark.parametrize("watch", [watch_new_journals, watch_all_books])
def test_a_cent_that_appears_stops_this_shop_alone(platform, shop, neighbour, watch, request):
    settling.buy(platform, shop)
    settling.buy(platform, neighbour)
    request.getfixturevalue("tampered")
    watch()
    assert is_stopped(shop)
    assert not is_stopped(neighbour)
    settling.buy(platform, neighbour)
    assert "takes no payments just now" in told_at_the_checkout(platform, shop)
    admin_lets_it_go_on(platform, shop)
    assert not is_stopped(shop)
    watch()
    assert is_stopped(shop), "what is still broken stops the money again"


def test_mended_books_are_not_stopped_again(platform, shop):
    settling.buy(platform, shop)
    tamper(platform, shop, ADD_A_CENT)
    watch_new_journals()
    tamper(platform, shop, TAKE_IT_BACK)
    admin_lets_it_go_on(platform, shop)
    watch_new_journals()
    assert not is_stopped(shop)
    settling.buy(platform, shop)


def told_at_the_checkout(platform, shop):
    client = platform.shop_client(shop.slug)
    journey.fill_basket(client)
    assert journey.give_address(client).status_code == 303
    assert journey.choose_shipping(client).status_code == 303
    placed = journey.place(client)
    return placed.text if placed.status_code != 303 else client.get(placed.location).text


def test_books_that_differ_from_the_orders_stop_the_shop(platform, shop):
    settling.buy(platform, shop)
    tamper(
        platform,
        shop,
        f"UPDATE {shop.schema}.shop_order SET tax = tax + 1 WHERE %(shop)s <> ''",
    )
    assert compare_books(shop.scope) == 1
    assert is_stopped(shop)
    assert compare_books(shop.scope) == 0


def admin_lets_it_go_on(platform, shop):
    client = sign_in_as(platform, "admin", (PLATFORM, Role.ADMIN))
    assert shop.name in client.get("/books").text
    page = client.get(f"/shops/{shop.id}").text
    assert "money is stopped" in page
    token = re.search(r'name="form_token" value="([^"]+)"', page)[1]
    path = f"/shops/{shop.id}/money"
    client.post(path, {"form_token": token, "reason": " "})
    assert is_stopped(shop)
    answer = client.post(path, {"form_token": token, "reason": "A slip of the hand, mended"})
    assert answer.status_code == 303
    with psycopg.connect(platform.server.cells["main"]) as connection:
        found = connection.execute(
            "SELECT fields ->> 'reason' FROM platform.audit WHERE action = 'resume_money'"
            " AND actor <> 'system' AND object_id = %s",
            [shop.schema],
        ).fetchone()
    assert found == ("A slip of the hand, mended",)

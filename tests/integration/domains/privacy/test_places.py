"""A person is looked for where they have rows, and nowhere else; and nothing is missed by that."""

import importlib
import json
import secrets
from datetime import timedelta

import psycopg
import pytest

from app.domains.accounts.personal_data import get_subject
from app.domains.cart.operations import add_to_cart, create_cart, take_cart
from app.domains.privacy import erasing
from app.domains.privacy.blockers import list_blockers
from app.domains.privacy.erasing import erase_due
from app.domains.privacy.exporting import export_person
from app.domains.privacy.operations import ask_for_erasure
from app.domains.privacy.places import list_shops_with
from app.domains.privacy.rules import COOLING_OFF
from app.foundation.clock import clock
from app.foundation.database import directory_scope
from app.foundation.personal_data import Subject, find_rows_of, holdings
from app.foundation.unit_of_work import unit_of_work
from tenants.resolution import list_shops
from tests.conftest import open_shop
from tests.functional import journey, people
from tests.functional.test_statements import counted

OWNERS = {
    "customer": ("id", "uuid_send(person_id)"),
    "cart": ("id", "uuid_send(person_id)"),
    "order_contact": ("order_id", "nullif(email_index, '')"),
    "sealing_key": ("id", "owner"),
}


@pytest.fixture(autouse=True)
def clock_as_it_was():
    yield
    clock.reset()


def shops_of(platform, number):
    return [open_shop(f"place-{secrets.token_hex(4)}", platform) for _ in range(number)]


def basket_of(platform, shop, person_id):
    variant = journey.variant_of(platform.shop_client(shop.slug), "tiny-stud")
    with unit_of_work(shop.scope) as unit:
        cart = create_cart(unit)
        add_to_cart(unit, cart_id=cart.id, variant_id=variant, quantity=1)
        take_cart(unit, person_id=person_id, token=cart.token)


def subject_of(person_id):
    with unit_of_work(directory_scope()) as unit:
        return get_subject(unit, person_id=person_id)


def walked(who):
    """Return what asking every shop finds, as was done before there was a list."""
    with unit_of_work(directory_scope()) as unit:
        shops = list_shops(unit, limit=10_000)
    found = set()
    for shop in shops:
        here = Subject(who.person_id, who.email_indexes, who.until)
        with unit_of_work(shop.scope) as unit:
            if find_rows_of(unit, holdings.of_shops(), here):
                found.add(shop.slug)
    return found


def listed(who):
    return {shop.slug for shop in list_shops_with(who)}


def assert_as_the_rows(platform, shop):
    """Compare the list with the rows that it speaks of, line by line; return how many there are."""
    rows = " UNION ALL ".join(
        f"SELECT '{table}', {key}, {owner} FROM {shop.schema}.{table} WHERE {owner} IS NOT NULL"
        for table, (key, owner) in OWNERS.items()
    )
    with psycopg.connect(platform.server.cells[shop.cell]) as connection:
        meant = connection.execute(rows).fetchall()
        kept = connection.execute(
            "SELECT kind, id, owner FROM platform.person_place WHERE shop = %s", [shop.schema]
        ).fetchall()
    assert sorted(kept) == sorted(meant)
    return len(kept)


def test_what_a_shop_knows_of_people_is_listed_and_nothing_else(platform):
    """As a customer, as a guest, by a basket alone; and a stranger nowhere: as asking every shop."""
    bought, wrote, looked, strange = shops_of(platform, 4)
    person_id, email = people.make_person()
    other_id, other_email = people.make_person()
    people.order_as(platform, bought, person_id, email=email)
    people.order_as(platform, wrote, None, email=email.upper())
    basket_of(platform, looked, person_id)
    people.order_as(platform, strange, other_id, email=other_email)
    people.order_as(platform, wrote, other_id, email=other_email)
    for each, meant in ((person_id, {bought, wrote, looked}), (other_id, {strange, wrote})):
        who = subject_of(each)
        assert listed(who) == walked(who) == {shop.slug for shop in meant}
        content = json.loads(export_person(person_id=each, actor=str(each)).as_json())
        assert set(content["shops"]) == {shop.slug for shop in meant}
    for shop in (bought, wrote, looked, strange):
        assert assert_as_the_rows(platform, shop) > 0


def test_the_cost_does_not_grow_with_shops_that_know_nothing_of_a_person(platform):
    """And its control: one more shop that does know them costs more."""
    first, second = shops_of(platform, 2)
    person_id, email = people.make_person()
    other_id, other_email = people.make_person()
    people.order_as(platform, first, person_id, email=email)

    def statements():
        with counted(platform) as sent:
            export_person(person_id=person_id, actor=str(person_id))
        with counted(platform) as more:
            list_blockers(person_id=person_id)
        return len(sent), len(more)

    statements()
    before = statements()
    for shop in (second, *shops_of(platform, 3)):
        people.order_as(platform, shop, other_id, email=other_email)
    assert statements() == before
    people.order_as(platform, second, None, email=email)
    after = statements()
    assert after[0] > before[0]
    assert after[1] > before[1]


def test_an_erasure_visits_no_other_shop_and_takes_the_lines_along(platform, monkeypatch):
    mine, late, other = shops_of(platform, 3)
    person_id, email = people.make_person()
    order_id, _ = people.order_as(platform, mine, person_id, email=email)
    people.let_everything_arrive([(mine, order_id)])
    other_id, other_email = people.make_person()
    people.order_as(platform, other, other_id, email=other_email)
    who, lines = subject_of(person_id), assert_as_the_rows(platform, other)
    with unit_of_work(directory_scope()) as unit:
        ask_for_erasure(unit, person_id=person_id)
    visited, erase_in = [], erasing._erase_in

    def watching(shop, *facts):
        visited.append(shop.slug)
        if shop.slug == mine.slug:  # what was on its way when the account was taken
            basket_of(platform, late, person_id)
        return erase_in(shop, *facts)

    monkeypatch.setattr(erasing, "_erase_in", watching)
    clock.move(COOLING_OFF + timedelta(minutes=1))
    assert erase_due() >= 1
    assert visited == [mine.slug, late.slug]
    assert listed(who) == walked(who) == set()
    assert assert_as_the_rows(platform, other) == lines
    for shop in (mine, late):
        assert_as_the_rows(platform, shop)


def test_the_migration_lists_what_a_filled_shop_holds(platform, shop, monkeypatch):
    """What it sends for each table; the list was emptied, as if it had not been kept before."""
    person_id, email = people.make_person()
    people.order_as(platform, shop, person_id, email=email)
    basket_of(platform, shop, person_id)
    migration = importlib.import_module("migrations.tenant.versions.0026_person_places")
    with psycopg.connect(platform.server.cells[shop.cell], autocommit=True) as connection:
        connection.execute("DELETE FROM platform.person_place WHERE shop = %s", [shop.schema])
        connection.execute(f"SET search_path = {shop.schema}, extensions")
        monkeypatch.setattr(migration, "op", connection)
        migration.upgrade()
    assert assert_as_the_rows(platform, shop) >= 4


def test_whoever_makes_a_person_known_in_another_way_must_list_it(platform):
    """A root that no line of the list speaks of would be missed by export and erasure.

    Orders are found by customers and contacts, checkouts by baskets, orders and keys.
    """
    roots = {holding.name for holding in holdings.of_shops() if holding.is_root}
    assert roots == {"customer", "cart", "shop_order", "checkout"}
    assert {"customer", "cart", "order_contact", "sealing_key"} == set(OWNERS)

"""Sealed columns in a real shop: whose key, what stands in the database, what destroying does."""

import json
import secrets

import psycopg
import pytest
from sqlalchemy import event, select, text, update
from sqlalchemy.exc import IntegrityError, StatementError

from app.domains.accounts.people.operations import register_person
from app.domains.orders.models import OrderContact
from app.domains.orders.queries import get_contact, list_orders
from app.foundation.database import Database, directory_scope
from app.foundation.idempotency import Answer, answer_once
from app.foundation.models import IdempotencyKey, SealingKey, ShopKey
from app.foundation.ports import KeyStore, KeyStoreUnavailableError, port, provide
from app.foundation.sealing import (
    KeysUnavailableError,
    SealBrokenError,
    destroy_key,
    key_for,
    key_ring,
)
from app.foundation.sealing.places import vault
from app.foundation.unit_of_work import unit_of_work
from tests.conftest import open_shop
from tests.functional import journey
from tests.functional.signing_in import hash_once


@pytest.fixture
def ordered(platform, shop):
    """Two orders of one guest and one of another, placed over HTTP."""
    for email in ("ada@example.com", "Ada@Example.com", "bob@example.com"):
        client = platform.shop_client(shop.slug)
        journey.fill_basket(client)
        journey.give_address(client, email=email)
        journey.choose_shipping(client)
        assert journey.place(client).status_code == 303
    return shop


def index_of(email):
    return key_ring().blind_index(email)


def rows_of(platform, shop, query):
    with psycopg.connect(platform.server.cells[shop.cell]) as connection:
        connection.execute(f"SET search_path = {shop.schema}".encode())
        return connection.execute(query.encode()).fetchall()


def orders_of(unit):
    return [order.id for order in list_orders(unit)]


def test_one_key_for_each_guest_wrapped_by_the_shops_own(platform, ordered):
    rows = rows_of(platform, ordered, "SELECT key_id, email, address FROM order_contact")
    assert len(rows) == 3
    assert len({row[0] for row in rows}) == 2
    for key_id, *values in rows:
        assert all(value[:20] == b"\x00gk\x02" + key_id.bytes for value in values)
    kept = rows_of(platform, ordered, "SELECT id, owner, place_version FROM sealing_key")
    assert {row[1] for row in kept} == {index_of("ada@example.com"), index_of("bob@example.com")}
    names = rows_of(
        platform,
        ordered,
        f"SELECT root_name FROM platform.shop_key WHERE shop = '{ordered.schema}'",
    )
    assert names == [(port(KeyStore).current,)]


def test_contacts_come_with_their_keys_in_one_statement(ordered):
    sent = []

    def note(_connection, _cursor, statement, *_):
        sent.append(statement)

    with unit_of_work(ordered.scope) as unit:
        orders = orders_of(unit)
        engines = set(Database.engines_of_process.values())
        for engine in engines:
            event.listen(engine, "before_cursor_execute", note)
        try:
            emails = {get_contact(unit, order_id).email.lower() for order_id in orders}
            listed = unit.session.execute(select(OrderContact.email)).scalars().all()
        finally:
            for engine in engines:
                event.remove(engine, "before_cursor_execute", note)
    assert emails == {"ada@example.com", "bob@example.com"}
    assert len(listed) == 3
    assert len(sent) == len(orders) + 1


def test_a_destroyed_key_reads_as_erased_and_touches_nobody_else(platform, ordered):
    with unit_of_work(ordered.scope) as unit:
        assert destroy_key(unit, owner=index_of("ada@example.com"))
        assert not destroy_key(unit, owner=index_of("ada@example.com"))
    with unit_of_work(ordered.scope) as unit:
        contacts = [get_contact(unit, order_id) for order_id in orders_of(unit)]
    assert sorted(contact.is_erased for contact in contacts) == [False, True, True]
    assert all(contact.address == {} for contact in contacts if contact.is_erased)
    destroyed = rows_of(
        platform, ordered, "SELECT wrapped, owner FROM sealing_key WHERE destroyed_at IS NOT NULL"
    )
    assert destroyed == [(b"", None)]


def test_whoever_comes_back_gets_another_key(ordered):
    owner = index_of("ada@example.com")
    with unit_of_work(ordered.scope) as unit:
        before = key_for(unit, owner=owner).id
        destroy_key(unit, owner=owner)
        after = key_for(unit, owner=owner).id
    assert before != after
    with unit_of_work(ordered.scope) as unit:
        assert key_for(unit, owner=owner).id == after


def test_the_database_refuses_to_undo_a_destruction(ordered):
    with unit_of_work(ordered.scope) as unit:
        key = key_for(unit, owner=index_of("ada@example.com"))
        wrapped = unit.session.execute(
            select(SealingKey.wrapped).where(SealingKey.id == key.id)
        ).scalar_one()
        destroy_key(unit, owner=index_of("ada@example.com"))
    for change in ({"destroyed_at": None, "wrapped": wrapped}, {"wrapped": wrapped}):
        with pytest.raises(IntegrityError), unit_of_work(ordered.scope) as unit:
            unit.session.execute(update(SealingKey).where(SealingKey.id == key.id).values(**change))
    with pytest.raises(IntegrityError), unit_of_work(ordered.scope) as unit:
        unit.session.execute(text(f"DELETE FROM sealing_key WHERE id = '{key.id}'"))


def test_a_value_moved_to_another_person_or_column_is_refused(ordered):
    with unit_of_work(ordered.scope) as unit:
        bob = key_for(unit, owner=index_of("bob@example.com")).id
        ada = unit.session.execute(
            select(OrderContact.order_id).where(
                OrderContact.email_index == index_of("ada@example.com")
            )
        ).scalars()
        of_ada = next(iter(ada))
    with pytest.raises(IntegrityError, match="own_key"), unit_of_work(ordered.scope) as unit:
        unit.session.execute(
            text(f"UPDATE order_contact SET key_id = '{bob}' WHERE order_id = '{of_ada}'")
        )
    with pytest.raises(SealBrokenError), unit_of_work(ordered.scope) as unit:
        unit.session.execute(
            text(f"UPDATE order_contact SET email = address WHERE order_id = '{of_ada}'")
        )
        get_contact(unit, of_ada)


def test_a_text_without_a_persons_key_is_refused(ordered):
    with pytest.raises(StatementError, match="key_for"), unit_of_work(ordered.scope) as unit:
        unit.session.execute(update(OrderContact).values(email="ada@example.com"))


def test_what_is_no_persons_is_sealed_with_the_shops_key(platform, shop):
    answer = Answer(201, json.dumps({"order": "G-1"}))
    for expected in (False, True):
        with unit_of_work(shop.scope) as unit:
            assert answer_once(unit, key="k", request="r", work=lambda: answer) == (
                answer,
                expected,
            )
    [(body,)] = rows_of(platform, shop, "SELECT body FROM idempotency_key")
    assert body[:8] == b"\x00gp\x02" + (1).to_bytes(4)


def test_a_shop_cannot_open_what_another_sealed(platform, shop):
    other = open_shop(f"other-{secrets.token_hex(4)}", platform)
    for each in (shop, other):
        with unit_of_work(each.scope) as unit:
            answer_once(unit, key="k", request="r", work=lambda: Answer(200, "mine"))
    [(body,)] = rows_of(platform, shop, "SELECT body FROM idempotency_key")
    with pytest.raises(SealBrokenError), unit_of_work(other.scope) as unit:
        unit.session.execute(text("UPDATE idempotency_key SET body = :body"), {"body": body})
        unit.session.execute(select(IdempotencyKey.body)).all()
    with unit_of_work(other.scope) as unit:
        assert unit.session.execute(select(ShopKey.shop)).scalars().all() == [other.schema]


def test_a_shops_first_key_is_not_kept_where_its_transaction_fails(shop):
    with pytest.raises(ZeroDivisionError), unit_of_work(shop.scope) as unit:
        key_for(unit, owner=b"somebody")
        raise ZeroDivisionError
    assert vault().find(shop.schema) is None
    with unit_of_work(shop.scope) as unit:
        key_for(unit, owner=b"somebody")
    with unit_of_work(shop.scope) as unit:
        key_for(unit, owner=b"somebody")
    assert vault().find(shop.schema) is not None


class Counting:
    """A key store in front of the real one: it counts, and can be away."""

    def __init__(self, inner):
        self.inner, self.asked, self.is_away = inner, 0, False
        self.current = inner.current

    def wrap(self, key, *, place):
        return self._ask(self.inner.wrap, key, place)

    def unwrap(self, kept, *, place):
        return self._ask(self.inner.unwrap, kept, place)

    def _ask(self, method, value, place):
        self.asked += 1
        if self.is_away:
            raise KeyStoreUnavailableError("away")
        return method(value, place=place)


@pytest.fixture
def counting(platform):
    inner = port(KeyStore)
    store = Counting(inner)
    provide(KeyStore, store)
    yield store
    provide(KeyStore, inner)


def test_the_key_store_is_asked_once_for_a_place_and_may_be_away_later(ordered, counting):
    vault().forget()
    for _ in range(5):
        with unit_of_work(ordered.scope) as unit:
            assert get_contact(unit, orders_of(unit)[0]).email
    assert counting.asked == 1
    counting.is_away = True
    with unit_of_work(ordered.scope) as unit:
        unit.keys.read_again()
        assert get_contact(unit, orders_of(unit)[0]).email
    vault().forget()
    with pytest.raises(KeysUnavailableError), unit_of_work(ordered.scope) as unit:
        get_contact(unit, orders_of(unit)[0])


def test_pages_say_that_they_wait_for_the_key_store(platform, ordered, counting):
    client = platform.shop_client(ordered.slug)
    journey.fill_basket(client)
    vault().forget()
    counting.is_away = True
    assert journey.give_address(client).status_code == 503
    assert client.get("/en/collections/all").status_code == 200, "what needs no key goes on"
    counting.is_away = False
    assert journey.give_address(client).status_code == 303


def test_a_key_that_a_unit_holds_is_asked_for_once(ordered):
    sent = []
    with unit_of_work(ordered.scope) as unit:
        key_for(unit, owner=index_of("ada@example.com"))
        event.listen(unit.connection, "before_cursor_execute", lambda *given: sent.append(given))
        key_for(unit, owner=index_of("ada@example.com"))
    assert sent == []


def test_the_directory_has_a_key_of_its_own(platform):
    with unit_of_work(directory_scope()) as unit:
        person_id = register_person(
            unit, email=f"{secrets.token_hex(4)}@example.com", name="Ada",
            password_hash=hash_once("a long pass phrase"), language="en",
        )  # fmt: skip
        key = key_for(unit, owner=person_id.bytes)
    with unit_of_work(directory_scope()) as unit:
        assert key_for(unit, owner=person_id.bytes).id == key.id
        assert destroy_key(unit, owner=person_id.bytes)

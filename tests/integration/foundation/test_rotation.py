"""Changing keys: root, place, people; resumed, in company, refused; rows of the first release."""

import base64
import hashlib
import json
import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import psycopg
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from app.domains.accounts.people.models import Person
from app.domains.accounts.people.operations import change_profile, register_person
from app.domains.checkout.models import Checkout
from app.domains.orders.models import OrderContact
from app.domains.orders.queries import get_contact, list_orders
from app.foundation.clock import clock
from app.foundation.database import directory_scope
from app.foundation.idempotency import Answer, answer_once
from app.foundation.identifiers import new_id
from app.foundation.ports import KeyStore, port, provide
from app.foundation.sealing import SealBrokenError, destroy_key, key_for, key_ring
from app.foundation.sealing.inventory import sealed_tables
from app.foundation.sealing.places import vault
from app.foundation.sealing.roots import count_places_behind, wrap_places_anew
from app.foundation.sealing.rotation import moving
from app.foundation.sealing.rotation import people as keys_of_people
from app.foundation.sealing.rotation.counting import count_behind
from app.foundation.sealing.rotation.settling import settle
from app.foundation.sealing.rotation.sweeping import begin_rotation, sweep
from app.foundation.unit_of_work import unit_of_work
from app.gateways.keys.local import LocalKeyStore
from tests.functional import journey
from tests.functional.signing_in import hash_once
from workers import keys as schedule_keys

GUESTS = ("ada@example.com", "bob@example.com", "eve@example.com")


@pytest.fixture
def ordered(platform, shop):
    """Orders of three guests, an address that was not ordered to, and a stored answer."""
    for email in GUESTS:
        client = platform.shop_client(shop.slug)
        journey.fill_basket(client)
        journey.give_address(client, email=email)
        journey.choose_shipping(client)
        assert journey.place(client).status_code == 303
    with unit_of_work(shop.scope) as unit:
        answer_once(unit, key="k", request="r", work=lambda: Answer(200, "the answer"))
    return shop


@pytest.fixture
def later():
    """Let the time pass in which a process may go on with a key."""
    yield lambda: clock.move(timedelta(seconds=vault().kept_seconds * 2))
    clock.reset()


def emails(shop):
    with unit_of_work(shop.scope) as unit:
        return sorted(get_contact(unit, order.id).email for order in list_orders(unit))


def answer(shop):
    with unit_of_work(shop.scope) as unit:
        return answer_once(unit, key="k", request="r", work=lambda: Answer(500, ""))[0].body


def standing(scope):
    with unit_of_work(scope) as unit:
        return count_behind(unit)


def begin(scope, *, renews_people):
    with unit_of_work(scope) as unit:
        return begin_rotation(unit, renews_people=renews_people)


def keys_of(shop):
    with unit_of_work(shop.scope) as unit:
        rows = unit.connection.execute(text("SELECT owner, id, wrapped FROM sealing_key"))
        return {row.owner: (row.id, row.wrapped) for row in rows}


def values_of(shop):
    with unit_of_work(shop.scope) as unit:
        rows = unit.connection.execute(text("SELECT order_id, email FROM order_contact"))
        return dict(rows.all())


def test_a_places_key_is_changed_and_people_keep_theirs(ordered, later):
    before, sealed = keys_of(ordered), values_of(ordered)
    assert begin(ordered.scope, renews_people=False)
    with unit_of_work(ordered.scope) as unit:
        noted = unit.connection.execute(
            text("SELECT actor, object_id, fields FROM platform.audit WHERE action = 'change_keys'")
        ).all()
    facts = {"version": 2, "renews_people": False}
    assert noted == [("operator", ordered.schema, facts)]
    assert standing(ordered.scope).behind == 2 * len(GUESTS) + 1, (
        "guests, their payments' secrets, an answer"
    )
    sweep(ordered.scope)
    after = keys_of(ordered)
    assert {owner: key[0] for owner, key in before.items()} == {o: k[0] for o, k in after.items()}
    assert all(before[owner][1] != after[owner][1] for owner in before)
    assert values_of(ordered) == sealed
    assert standing(ordered.scope).behind == 0
    assert not settle(ordered.scope), "another process may still be sealing with the key before"
    later()
    assert settle(ordered.scope)
    assert standing(ordered.scope).versions == 1
    vault().forget()
    assert (emails(ordered), answer(ordered)) == (sorted(GUESTS), "the answer")


def test_people_get_new_keys_and_all_that_is_theirs_is_sealed_anew(ordered, later):
    before, sealed = keys_of(ordered), values_of(ordered)
    begin(ordered.scope, renews_people=True)
    sweep(ordered.scope)
    after = keys_of(ordered)
    assert before.keys() == after.keys()
    assert not {key[0] for key in before.values()} & {key[0] for key in after.values()}
    assert all(values_of(ordered)[order] != value for order, value in sealed.items())
    assert standing(ordered.scope).behind == 0
    later()
    assert settle(ordered.scope)
    vault().forget()
    assert (emails(ordered), answer(ordered)) == (sorted(GUESTS), "the answer")


def one_at_a_time(monkeypatch) -> None:
    monkeypatch.setattr(keys_of_people, "RENEWED_AT_ONCE", 1)
    monkeypatch.setattr(moving, "KEYS_AT_ONCE", 1)


def test_a_rotation_that_was_ended_is_gone_on_with(ordered, monkeypatch):
    """Each step is a transaction: after each of them everything can be read, and the rest is left."""
    one_at_a_time(monkeypatch)
    begin(ordered.scope, renews_people=True)
    monkeypatch.setattr(moving, "ROWS_AT_ONCE", 1)
    steps = [keys_of_people.renew_people] * 3 + [moving.move_rows] * 6
    left = []
    for step in steps:
        with unit_of_work(ordered.scope) as unit:
            step(unit)
        assert emails(ordered) == sorted(GUESTS)
        left.append(standing(ordered.scope).people_behind)
    assert left == [3, 3, 3, 3, 2, 2, 1, 1, 0], "two rows each, and with the last one their key"
    begin(ordered.scope, renews_people=True)
    assert standing(ordered.scope).versions == 2, "no third version: this rotation is under way"


def test_the_schedule_does_a_little_at_a_time_until_all_is_done(ordered, monkeypatch, later):
    monkeypatch.setattr(schedule_keys, "list_shops", lambda *_, **__: [ordered])
    one_at_a_time(monkeypatch)
    begin(ordered.scope, renews_people=True)
    monkeypatch.setattr(schedule_keys, "AT_ONCE_SECONDS", 0.0)
    schedule_keys.go_on_changing_keys()
    assert standing(ordered.scope).people_behind == 3, "no time, nothing done"
    monkeypatch.setattr(schedule_keys, "AT_ONCE_SECONDS", 60.0)
    later()
    schedule_keys.go_on_changing_keys()
    assert (standing(ordered.scope).behind, standing(ordered.scope).versions) == (0, 1)
    assert emails(ordered) == sorted(GUESTS)
    assert schedule_keys._places_to_do() == [directory_scope()], "this shop is settled"


def test_whoever_is_erased_in_the_middle_of_a_rotation_is_erased_whole(ordered):
    """Part of a person's rows is on the new key, part on the former: both are destroyed."""
    begin(ordered.scope, renews_people=True)
    with unit_of_work(ordered.scope) as unit:
        keys_of_people.renew_people(unit)
    begin(ordered.scope, renews_people=False)
    with unit_of_work(ordered.scope) as unit:
        unit.keys.add_version(3, renews_people=True)
    with unit_of_work(ordered.scope) as unit:
        keys_of_people.renew_people(unit)
    with unit_of_work(ordered.scope) as unit:
        assert destroy_key(unit, owner=key_ring().blind_index("ada@example.com"))
    sweep(ordered.scope)
    assert emails(ordered) == ["", "bob@example.com", "eve@example.com"]
    with unit_of_work(ordered.scope) as unit:
        left = unit.session.execute(
            text("SELECT count(*) FROM sealing_key WHERE destroyed_at IS NOT NULL AND wrapped = ''")
        ).scalar_one()
        read = unit.session.execute(select(Checkout.details)).scalars().all()
    assert left == 3, "the newest key and the two before it"
    assert sorted(details is None for details in read) == [False, False, True]
    assert standing(ordered.scope).behind == 0


def test_two_who_rotate_at_once_help_each_other(ordered, platform, monkeypatch):
    """The command and the schedule: no row twice, none left, no error."""
    one_at_a_time(monkeypatch)
    with unit_of_work(ordered.scope) as unit:
        for number in range(30):
            key_for(unit, owner=f"guest {number}".encode())
    begin(ordered.scope, renews_people=True)
    before = standing(ordered.scope)
    with ThreadPoolExecutor(3) as pool:
        done = [each.result() for each in [pool.submit(sweep, ordered.scope) for _ in range(3)]]
    while standing(ordered.scope).behind:
        done.append(sweep(ordered.scope))
    renewed, removed, rows = before.people, before.people, 2 * len(GUESTS)
    assert sum(done) == renewed + removed + rows + before.behind - before.people_behind
    assert standing(ordered.scope).people == before.people
    assert emails(ordered) == sorted(GUESTS)


def test_a_person_whose_data_is_being_changed_waits_for_the_next_round(ordered, platform):
    owner = key_ring().blind_index("ada@example.com")
    begin(ordered.scope, renews_people=True)
    with psycopg.connect(platform.server.cells[ordered.cell]) as busy:
        busy.execute(f"SET search_path = {ordered.schema}".encode())
        busy.execute("SELECT FROM sealing_key WHERE owner = %s FOR KEY SHARE", [owner])
        sweep(ordered.scope)
        assert standing(ordered.scope).people_behind == 1, "somebody is sealing with this key"
        busy.rollback()
        busy.execute(f"SET search_path = {ordered.schema}".encode())
        busy.execute("SELECT FROM order_contact WHERE email_index = %s FOR UPDATE", [owner])
        sweep(ordered.scope)
        assert standing(ordered.scope).people_behind == 1, "somebody is changing this row"
        assert emails(ordered) == sorted(GUESTS)
    sweep(ordered.scope)
    assert standing(ordered.scope).people_behind == 0


def test_a_key_that_is_gone_seals_nothing_more(ordered, later):
    """The database refuses a person's key under a place's key that nobody could open again."""
    with unit_of_work(ordered.scope) as unit:
        stale = unit.keys.read_again()
    begin(ordered.scope, renews_people=False)
    sweep(ordered.scope)
    later()
    assert settle(ordered.scope)
    with pytest.raises(IntegrityError, match="is lost"), unit_of_work(ordered.scope) as unit:
        unit.keys._own = stale
        key_for(unit, owner=b"a newcomer")


def test_a_slow_reader_opens_what_it_found_before_the_key_was_let_go(ordered, later):
    """Rows are fetched, then the rotation is over, then they are opened, by keys read anew."""
    with unit_of_work(ordered.scope) as unit:
        unit.keys.read_again()
        found = unit.connection.execute(
            text("SELECT k.wrapped || c.email AS value FROM order_contact c JOIN sealing_key k"
                 " ON k.id = c.key_id")
        ).scalars().all()  # fmt: skip
    begin(ordered.scope, renews_people=True)
    sweep(ordered.scope)
    later()
    assert settle(ordered.scope)
    with unit_of_work(ordered.scope) as unit:
        unit.keys.read_again()
        opened = {unit.keys.open_for_person(each, purpose="order_contact.email") for each in found}
        assert opened == set(GUESTS)
    with pytest.raises(SealBrokenError), unit_of_work(ordered.scope) as unit:
        unit.keys.read_again()
        unit.keys.open_for_person(found[0], purpose="order_contact.email")


def test_a_value_that_cannot_be_opened_is_said_and_stops_no_other(ordered, later, caplog):
    """It stays as it is, with its key: the rotation is not over, and the check says so."""
    begin(ordered.scope, renews_people=True)
    with unit_of_work(ordered.scope) as unit:
        broken = unit.connection.execute(
            text("UPDATE order_contact SET email = overlay(email PLACING '\\x00' FROM 30)"
                 " WHERE order_id = (SELECT min(order_id::text)::uuid FROM order_contact)"
                 " RETURNING order_id")
        ).scalar_one()  # fmt: skip
    sweep(ordered.scope)
    later()
    assert not settle(ordered.scope)
    assert standing(ordered.scope).people_behind == 1
    assert str(broken) in caplog.text
    with unit_of_work(ordered.scope) as unit:
        others = [order.id for order in list_orders(unit) if order.id != broken]
        assert all(get_contact(unit, order_id).email in GUESTS for order_id in others)


def test_the_root_key_is_changed_and_the_old_one_may_go(ordered):
    roots = [base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()]
    inner = port(KeyStore)
    first = inner._read()
    try:
        provide(KeyStore, LocalKeyStore(lambda: (*roots, *first)))
        assert count_places_behind() > 0
        assert wrap_places_anew() > 0
        assert count_places_behind() == 0
        provide(KeyStore, LocalKeyStore(lambda: tuple(roots)))
        vault().forget()
        assert emails(ordered) == sorted(GUESTS)
    finally:
        provide(KeyStore, LocalKeyStore(lambda: (*first, *roots)))
        wrap_places_anew()
        provide(KeyStore, inner)
        vault().forget()
    assert emails(ordered) == sorted(GUESTS)


def seal_as_the_first_release(platform, plain, purpose):
    """What the first release wrote: the name of a key of the configuration, nonce, cipher text."""
    key = base64.urlsafe_b64decode(platform.configuration.sealing_keys[0])
    name = hashlib.sha256(b"galleria key name" + key).digest()[:4]
    nonce = secrets.token_bytes(12)
    return name + nonce + AESGCM(key).encrypt(nonce, plain.encode(), purpose.encode())


def fill_as_the_first_release(platform, shop, count):
    """Put every sealed value of the shop back as the first release left it; more rows besides."""
    with psycopg.connect(platform.server.cells[shop.cell]) as connection:
        connection.execute(f"SET search_path = {shop.schema}".encode())
        one = connection.execute("SELECT id FROM shop_order LIMIT 1").fetchone()[0]
        columns = connection.execute(
            "SELECT string_agg(column_name, ', ') FROM information_schema.columns"
            " WHERE table_schema = %s AND table_name = 'shop_order'"
            " AND column_name NOT IN ('id', 'number')", [shop.schema],
        ).fetchone()[0]  # fmt: skip
        connection.execute("UPDATE checkout SET details = NULL, key_id = NULL")
        connection.execute("DELETE FROM order_contact")
        connection.execute("DELETE FROM sealing_key")
        connection.execute("DELETE FROM platform.shop_key WHERE shop = %s", [shop.schema])
        connection.execute("UPDATE payment SET client_secret = %s", [
            seal_as_the_first_release(platform, "pi_secret", "payment.client_secret")])  # fmt: skip
        connection.execute("UPDATE idempotency_key SET body = %s", [
            seal_as_the_first_release(platform, "the answer", "idempotency_key.body")])  # fmt: skip
        for number in range(count):
            order, email = new_id(), GUESTS[number % len(GUESTS)]
            connection.execute(
                f"INSERT INTO shop_order (id, number, {columns})"
                f" SELECT %s, %s, {columns} FROM shop_order WHERE id = %s".encode(),
                [order, f"OLD-{number}", one],
            )
            address = json.dumps({"name": f"Guest {number}"})
            connection.execute(
                "INSERT INTO order_contact (order_id, email, email_index, address)"
                " VALUES (%s, %s, %s, %s)",
                [order, seal_as_the_first_release(platform, email, "order_contact.email"),
                 key_ring().blind_index(email),
                 seal_as_the_first_release(platform, address, "order_contact.address")],
            )  # fmt: skip
        told = json.dumps({"email": "new@example.com", "address": {"name": "New"}})
        connection.execute(
            "UPDATE checkout SET details = %s WHERE cart_id = (SELECT cart_id FROM checkout LIMIT 1)",
            [seal_as_the_first_release(platform, told, "checkout.details")],
        )
    vault().forget()


def test_rows_of_the_first_release_are_read_and_then_sealed_for_each_person(ordered, platform):
    fill_as_the_first_release(platform, ordered, 250)
    with unit_of_work(ordered.scope) as unit:
        read = unit.session.execute(
            select(OrderContact.order_id, OrderContact.email, OrderContact.address)
        ).all()
    assert len(read) == 250
    assert {row.email for row in read} == set(GUESTS)
    with unit_of_work(ordered.scope) as unit:
        key_for(unit, owner=key_ring().blind_index("somebody@example.com"))
    assert standing(ordered.scope).rows["order_contact"] == (250, 250)
    assert sweep(ordered.scope) > 250
    with unit_of_work(ordered.scope) as unit:
        again = unit.session.execute(
            select(OrderContact.order_id, OrderContact.email, OrderContact.address)
        ).all()
        keys = unit.connection.execute(
            text("SELECT email_index, count(DISTINCT key_id), bool_and(owner = email_index)"
                 " FROM order_contact JOIN sealing_key k ON k.id = key_id GROUP BY 1")
        ).all()  # fmt: skip
    assert sorted(again) == sorted(read)
    assert [tuple(row)[1:] for row in keys] == [(1, True)] * len(GUESTS)
    after = standing(ordered.scope)
    assert (after.behind, after.people) == (0, len(GUESTS) + 2)
    assert answer(ordered) == "the answer"
    assert settle(ordered.scope)
    assert sweep(ordered.scope) == 0


def test_people_of_the_first_release_can_be_read_and_changed_and_get_their_own_key(platform):
    email = f"{secrets.token_hex(4)}@example.com"
    with unit_of_work(directory_scope()) as unit:
        person_id = register_person(
            unit,
            email=email,
            name="Ada",
            password_hash=hash_once("a long pass phrase"),
            language="en",
        )
    old = {
        "email": seal_as_the_first_release(platform, email, "person.email"),
        "name": seal_as_the_first_release(platform, "Ada", "person.name"),
    }
    with psycopg.connect(platform.server.directory) as connection:
        put_back = "UPDATE directory.person SET key_id = NULL, email = %s, name = %s WHERE id = %s"
        connection.execute(put_back, [*old.values(), person_id])
    assert read_person(person_id) == (None, email, "Ada")
    with unit_of_work(directory_scope()) as unit:
        key = key_for(unit, owner=person_id.bytes)
        change_profile(unit, person_id=person_id, name="Ada B", language="de", currency="EUR")
    assert read_person(person_id) == (key.id, email, "Ada B"), "all of the row is under one key"
    with psycopg.connect(platform.server.directory) as connection:
        connection.execute(put_back, [*old.values(), person_id])
    sweep(directory_scope())
    assert read_person(person_id) == (key.id, email, "Ada")
    begin(directory_scope(), renews_people=True)
    sweep(directory_scope())
    after = read_person(person_id)
    assert (after[0] != key.id, *after[1:]) == (True, email, "Ada")
    assert standing(directory_scope()).behind == 0


def read_person(person_id):
    with unit_of_work(directory_scope()) as unit:
        return tuple(
            unit.session.execute(
                select(Person.key_id, Person.email, Person.name).where(Person.id == person_id)
            ).one()
        )


def test_every_sealed_column_knows_whose_key_it_is_for():
    """Each table is either under its place's key or can say whose key its first rows get."""
    for kind in ("shop", "directory"):
        for sealed in sealed_tables(kind):
            if sealed.of_person:
                own = "email_index" if kind == "shop" else "person_id"
                assert "key_id" in sealed.table.columns, sealed.name
                assert "key_owner" in sealed.table.info or own in sealed.table.columns, sealed.name


def test_keys_that_sealed_nothing_are_removed_after_a_while(ordered):
    with unit_of_work(ordered.scope) as unit:
        key_for(unit, owner=b"never ordered")
    with unit_of_work(ordered.scope) as unit:
        assert keys_of_people.drop_unused_keys(unit) == 0
    clock.move(timedelta(days=41))
    try:
        with unit_of_work(ordered.scope) as unit:
            assert keys_of_people.drop_unused_keys(unit) == 1
    finally:
        clock.reset()
    assert emails(ordered) == sorted(GUESTS)


def test_the_directory_is_swept_too(platform):
    with unit_of_work(directory_scope()) as unit:
        key_for(unit, owner=secrets.token_bytes(16))
    begin(directory_scope(), renews_people=True)
    sweep(directory_scope())
    assert standing(directory_scope()).behind == 0

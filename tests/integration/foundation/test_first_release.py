"""A marketplace as the first release left it, filled, then migrated and sealed for each person."""

import base64
import hashlib
import json
import secrets
import uuid

import psycopg
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import select, text

from app.domains.accounts.memberships.queries import list_colleagues
from app.domains.accounts.people.models import Person
from app.domains.accounts.permissions import Permission
from app.domains.accounts.rules import Role
from app.domains.checkout.models import Checkout
from app.domains.notifications.ports import Mailer
from app.domains.orders.queries import get_contact
from app.domains.payments.inbox.models import WebhookMessage
from app.domains.payments.models import Payment
from app.foundation.database import ShopScope, directory_scope
from app.foundation.identifiers import new_id
from app.foundation.models import IdempotencyKey
from app.foundation.ports import port, provide
from app.foundation.sealing import key_ring
from app.foundation.sealing.rotation.counting import count_behind
from app.foundation.sealing.rotation.sweeping import reseal
from app.foundation.unit_of_work import unit_of_work
from app.wiring import wire
from tenants import bootstrap, migrations
from tests.conftest import fresh_database

LAST = {
    "directory": "0004_webhook_inbox",
    "platform": "0006_operator",
    "tenant": "0016_settlement",
}
"""The newest revision of each line in the first release."""
ORDERS, GUESTS, PEOPLE, MESSAGES = 240, 40, 60, 30
ROLES_OF_BEFORE = {
    (uuid.UUID(int=1), "owner"): None,
    (uuid.UUID(int=1), "staff"): "Staff",
    (uuid.UUID(int=2), "owner"): None,
    (uuid.UUID(int=2), "staff"): "Staff",
    (uuid.UUID(int=0), "admin"): None,
}
"""Who there was, by shop; and the shop's own role that they have after the migration."""
WHEN = "2026-11-20T12:00:00Z"


@pytest.fixture
def marketplace(platform, servers, monkeypatch):
    """Databases of the first release; after the test this process is wired as before."""
    dsn = fresh_database(servers.superuser_dsn, "galleria_first_release")
    server = bootstrap.DatabaseServer(dsn, {"main": dsn})
    every = migrations.revisions
    with monkeypatch.context() as past:
        past.setattr(migrations, "revisions", lambda line: until(every(line), LAST[line]))
        bootstrap.prepare(server, password_secret=platform.password_secret, spares=1)
    mailer = port(Mailer)
    yield server
    wire(platform.configuration)
    provide(Mailer, mailer)


def until(steps, last):
    names = [step.name for step in steps]
    return steps[: names.index(last) + 1]


class FirstRelease:
    """Writes rows as the first release did."""

    def __init__(self, platform, connection):
        self.key = base64.urlsafe_b64decode(platform.configuration.sealing_keys[0])
        self.connection = connection
        self.written = {}

    def sealed(self, plain, purpose):
        """The name of the configuration's key, a nonce, the cipher text; the column bound in."""
        name = hashlib.sha256(b"galleria key name" + self.key).digest()[:4]
        nonce = secrets.token_bytes(12)
        return name + nonce + AESGCM(self.key).encrypt(nonce, plain.encode(), purpose.encode())

    def insert(self, table, **values):
        names, marks = ", ".join(values), ", ".join(["%s"] * len(values))
        self.connection.execute(
            f"INSERT INTO {table} ({names}) VALUES ({marks})".encode(), list(values.values())
        )

    def fill_directory(self):
        for number in range(PEOPLE):
            email, name, person = f"person-{number}@example.com", f"Person {number}", new_id()
            self.insert(
                "directory.person", id=person, email=self.sealed(email, "person.email"),
                email_index=key_ring().blind_index(email), name=self.sealed(name, "person.name"),
                password_hash="-", language="en", created_at=WHEN,
            )  # fmt: skip
            self.written[person] = (email, name)
            shop, role = list(ROLES_OF_BEFORE)[number % len(ROLES_OF_BEFORE)]
            self.insert(
                "directory.membership", person_id=person, shop_id=shop, role=role, granted_at=WHEN
            )
        for number in range(MESSAGES):
            message = new_id()
            self.insert(
                "directory.webhook_message", id=message, provider="stripe", provider_id=number,
                kind="k", object_id="o", received_at=WHEN,
                body=self.sealed(f"message {number}", "webhook_message.body"),
            )  # fmt: skip
            self.written[message] = f"message {number}"

    def fill_shop(self):
        for number in range(ORDERS):
            self._write_order(number, f"guest-{number % GUESTS}@example.com")
        self.insert("checkout", cart_id=new_id(), details=None, changed_at=WHEN)

    def _write_order(self, number, email):
        order, payment, cart = new_id(), new_id(), new_id()
        address = {"name": f"Guest {number}", "country_code": "DE"}
        self.insert(
            "shop_order", id=order, number=f"G-{number}", origin="web", currency="EUR",
            payment_state="confirmed", fulfilment_state="ready", subtotal=100, shipping=0, tax=0,
            total=100, tax_percent=0, shipping_name="Parcel", country="DE", language="en",
            merchant_of_record="platform", tax_liable="platform", placed_at=WHEN, changed_at=WHEN,
        )  # fmt: skip
        self.insert(
            "order_contact", order_id=order, email_index=key_ring().blind_index(email),
            email=self.sealed(email, "order_contact.email"),
            address=self.sealed(json.dumps(address), "order_contact.address"),
        )  # fmt: skip
        self.insert(
            "payment", id=payment, subject_kind="order", subject_id=order, state="captured",
            currency="EUR", amount=100, authorised=100, captured=100, created_at=WHEN,
            changed_at=WHEN, client_secret=self.sealed(f"secret {number}", "payment.client_secret"),
        )  # fmt: skip
        told = {"email": email, "address": address}
        self.insert(
            "checkout", cart_id=cart, order_id=order, changed_at=WHEN,
            details=self.sealed(json.dumps(told), "checkout.details"),
        )  # fmt: skip
        self.insert(
            "idempotency_key", key=str(number), fingerprint="f", status=200, started_at=WHEN,
            body=self.sealed(f"answer {number}", "idempotency_key.body"),
        )  # fmt: skip
        self.written[order] = (email, address)
        self.written[payment], self.written[cart] = f"secret {number}", told
        self.written[str(number)] = f"answer {number}"


def read_everything(shop):
    """Read what the rows hold, as the code of today does."""
    found = {}
    with unit_of_work(shop) as unit:
        for order in unit.connection.execute(text("SELECT id FROM shop_order")).scalars():
            contact = get_contact(unit, order)
            found[order] = (contact.email, contact.address)
        for cart, details in unit.session.execute(select(Checkout.cart_id, Checkout.details)):
            if details is not None:
                found[cart] = json.loads(details)
        found.update(unit.session.execute(select(Payment.id, Payment.client_secret)).all())
        found.update(unit.session.execute(select(IdempotencyKey.key, IdempotencyKey.body)).all())
    with unit_of_work(directory_scope()) as unit:
        for person in unit.session.execute(select(Person.id, Person.email, Person.name)):
            found[person.id] = (person.email, person.name)
        found.update(unit.session.execute(select(WebhookMessage.id, WebhookMessage.body)).all())
    return found


def test_a_filled_marketplace_is_migrated_and_sealed_for_each_person(platform, marketplace):
    with psycopg.connect(marketplace.directory) as connection:
        first = FirstRelease(platform, connection)
        first.fill_directory()
        number = connection.execute("SELECT number FROM directory.schema_number").fetchone()[0]
        schema = f"t_{number:05d}"
        connection.execute(f"SET search_path = {schema}".encode())
        first.fill_shop()
    bootstrap.prepare(marketplace, password_secret=platform.password_secret, spares=0)
    dsn = {name: marketplace.login_dsn("tools", name, platform.password_secret)
           for name in ("directory", "main")}  # fmt: skip
    wire(
        platform.configuration.model_copy(
            update={
                "directory_database_url": dsn["directory"],
                "cell_database_urls": {"main": dsn["main"]},
            }
        )
    )
    check_roles_are_as_they_were()
    shop = ShopScope(new_id(), "main", schema)
    assert read_everything(shop) == first.written, "before anything is sealed anew"

    for scope in (directory_scope(), shop):
        with unit_of_work(scope) as unit:
            assert count_behind(unit).behind > 0
        assert reseal(scope) > 0
        assert reseal(scope) == 0, "settled: the schedule finds nothing more to do"
        with unit_of_work(scope) as unit:
            standing = count_behind(unit)
        assert (standing.behind, standing.versions) == (0, 1)

    assert read_everything(shop) == first.written, "the same, from rows of one key a person"
    with psycopg.connect(marketplace.directory) as connection:
        connection.execute(f"SET search_path = {schema}".encode())
        check_each_has_a_key_of_their_own(connection, first)


def check_roles_are_as_they_were():
    """Whoever was staff may do what staff might, in a role that their shop has made."""
    staff = {
        Permission.SEE_ORDERS, Permission.SEND_ORDERS, Permission.SEE_PRODUCTS,
        Permission.CHANGE_PRODUCTS, Permission.SEE_OWN_RIGHTS,
    }  # fmt: skip
    with unit_of_work(directory_scope()) as unit:
        for shop_id in {shop_id for shop_id, _ in ROLES_OF_BEFORE}:
            found = [each.rights for each in list_colleagues(unit, shop_id=shop_id)]
            kept = [each for each in found if each.role is not Role.CUSTOM]
            changed = [each for each in found if each.role is Role.CUSTOM]
            share = PEOPLE // len(ROLES_OF_BEFORE)
            assert {each.role.value for each in kept} <= {"owner", "admin"}
            assert len(kept) == share
            assert len(changed) == (share if shop_id.int else 0)
            assert {each.custom_name for each in changed} <= {"Staff"}
            assert all(each.permissions == staff for each in changed)


def check_each_has_a_key_of_their_own(connection, first):
    keys = connection.execute(
        "SELECT count(DISTINCT key_id), count(*), bool_and(k.owner = c.email_index)"
        " FROM order_contact c JOIN sealing_key k ON k.id = c.key_id"
    ).fetchone()
    assert keys == (GUESTS, ORDERS, True)
    carts = connection.execute(
        "SELECT bool_and(c.key_id = o.key_id) FROM checkout c JOIN order_contact o USING (order_id)"
    ).fetchone()
    assert carts == (True,)
    people = connection.execute(
        "SELECT count(DISTINCT p.key_id), bool_and(k.owner = uuid_send(p.id))"
        " FROM directory.person p JOIN directory.person_key k ON k.id = p.key_id"
    ).fetchone()
    assert people == (PEOPLE, True)
    old = first.sealed("", "")[:4]
    for table, column in (
        ("order_contact", "email"), ("order_contact", "address"), ("checkout", "details"),
        ("payment", "client_secret"), ("idempotency_key", "body"), ("directory.person", "email"),
        ("directory.person", "name"), ("directory.webhook_message", "body"),
    ):  # fmt: skip
        query = f"SELECT count(*) FROM {table} WHERE substring({column} FROM 1 FOR 4) = %s"
        assert connection.execute(query.encode(), [old]).fetchone() == (0,), (table, column)

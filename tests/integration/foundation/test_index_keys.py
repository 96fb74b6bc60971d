"""The key of look-ups changes while people join, sign in and order: one address, one account.

In a database of its own, as the change is the whole marketplace's; processes with different keys are
processes here too.
"""

import os
import secrets
import subprocess
import sys
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import select

from app.domains.accounts.factors.operations.codes import make_recovery_codes, prove_with_code
from app.domains.accounts.factors.queries import count_recovery_codes
from app.domains.accounts.people.errors import EmailTakenError
from app.domains.accounts.people.queries import find_person_id
from app.domains.accounts.personal_data import get_subject
from app.domains.customers.queries import list_customers
from app.domains.orders.queries import get_contact, has_guest_orders, list_orders
from app.domains.privacy.places import list_shops_with
from app.foundation.configuration import ConfigurationError, load_configuration
from app.foundation.database import ShopScope, db, directory_scope
from app.foundation.models import SealingKey
from app.foundation.sealing import KeyRing, install_key_ring, key_ring
from app.foundation.sealing.indexes import registry
from app.foundation.sealing.indexes.inventory import indexed_tables
from app.foundation.sealing.indexes.writing import write_indexes_anew
from app.foundation.unit_of_work import unit_of_work
from tenants import bootstrap
from tenants.resolution import list_shops
from tests.conftest import ROOT, fresh_database, open_shop, run_platform
from tests.functional import journey, people
from tests.side_by_side import SideBySide

A, B = ("first release " + secrets.token_hex(16), "the newer key " + secrets.token_hex(16))
OLD, BOTH, TURNED, NEW = (A,), (A, B), (B, A), (B,)
SHOP = ShopScope(uuid4(), "main", "t_00001")


@pytest.fixture(scope="module")
def world(platform, servers, tmp_path_factory):
    """A marketplace of its own, of the first release's key; the session's is wired again after."""
    from app.domains.notifications.ports import Mailer
    from app.foundation.ports import port, provide
    from app.wiring import wire

    mailer = port(Mailer)
    dsn = fresh_database(servers.superuser_dsn, "galleria_index_keys")
    server = bootstrap.DatabaseServer(dsn, {"main": dsn})
    folder = tmp_path_factory.mktemp("index_keys")
    with run_platform(server, servers, folder, platform.password_secret) as running:
        yield running
    wire(platform.configuration)
    provide(Mailer, mailer)


@pytest.fixture
def fresh(world):
    """Every test begins with the first key alone, and with nobody in the directory."""
    know(world, OLD)
    with psycopg.connect(world.server.directory, autocommit=True) as connection:
        connection.execute("TRUNCATE directory.person, directory.blind_index_key CASCADE")
        connection.execute("TRUNCATE directory.address_claim")
    return world


def know(world, keys):
    """Let this process know these keys of look-ups."""
    install_key_ring(KeyRing(world.configuration.sealing_keys, keys, unnamed=A))


def environment(world, keys):
    made = {**world.environment, "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT),
            "BLIND_INDEX_KEYS": ",".join(keys), "BLIND_INDEX_KEY": A if A in keys else "",
            "POOL_SIZE": "4"}  # fmt: skip
    return {name: value for name, value in made.items() if value}


class Process:
    """A process with these keys, which does what it is told."""

    def __init__(self, world, keys):
        self._running = subprocess.Popen(
            [sys.executable, "-m", "tests.integration.foundation.index_process"],
            env=environment(world, keys), cwd=ROOT, text=True, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )  # fmt: skip
        self._is_ready = False

    def tell(self, line):
        if not self._is_ready:
            assert self.answer() == "ready"
            self._is_ready = True
        self._running.stdin.write(line + "\n")
        self._running.stdin.flush()

    def answer(self):
        return self._running.stdout.readline().strip()

    def ask(self, line):
        self.tell(line)
        return self.answer()

    def end(self):
        self._running.kill()
        self._running.wait()
        self._running.stdin.close()
        self._running.stdout.close()


@pytest.fixture
def process(world):
    started = []

    def start(keys):
        started.append(Process(world, keys))
        return started[-1]

    yield start
    for each in started:
        each.end()


def command(world, keys, *arguments):
    """Run `./galleria keys …` with these keys; return how it ended and what it said."""
    done = subprocess.run(
        [sys.executable, "-m", "app.command_line", "keys", *arguments],
        env=environment(world, keys), cwd=ROOT, text=True, timeout=120,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    return done.returncode, done.stdout


def change():
    """Write all look-ups anew in this process, as `./galleria keys reseal` does."""
    with unit_of_work(directory_scope()) as unit:
        registry.begin_changing(unit)
        scopes = [directory_scope(), *(shop.scope for shop in list_shops(unit, limit=100))]
    for scope in scopes:
        write_indexes_anew(scope)
    assert registry.finish_changing()


def behind():
    """Count what is looked up by a former key, everywhere."""
    with unit_of_work(directory_scope()) as unit:
        found = registry.count_behind(unit)
        shops = list_shops(unit, limit=100)
    for shop in shops:
        with unit_of_work(shop.scope) as unit:
            found |= registry.count_behind(unit)
    return found


def at_once(processes, count=4):
    """Let each of these join with the same addresses at the same time; return what they said."""
    told = []
    for _ in range(count):
        email = f"{secrets.token_hex(6)}@example.com"
        for each in processes:
            each.tell(f"join {email}")
        told.append(sorted(each.answer() for each in processes))
    return told


def accounts(world):
    with psycopg.connect(world.server.directory) as connection:
        return connection.execute("SELECT count(*) FROM directory.person").fetchone()[0]


def test_one_address_has_one_account_whichever_keys_two_processes_know(fresh, process):
    """Before, while and after: at every step the processes that may stand beside each other."""
    old, both, turned = process(OLD), process(BOTH), process(TURNED)
    for pair in ((old, both), (both, turned), (old, turned)):
        assert at_once(pair) == [["joined", "taken"]] * 4
    assert accounts(fresh) == 12
    new = process(NEW)
    assert at_once([new], 1) == [["refused"]], "it would not see who is here already"
    know(fresh, TURNED)
    with unit_of_work(directory_scope()) as unit:
        registry.begin_changing(unit)
    assert at_once((both, turned)) == [["joined", "taken"]] * 4
    change()
    assert at_once([old], 1) == [["refused"]], "nobody with the new key would find this one"
    for pair in ((both, turned), (turned, new), (both, new)):
        assert at_once(pair) == [["joined", "taken"]] * 4
    assert accounts(fresh) == 28
    know(fresh, NEW)
    assert behind() == {}, "also what the process with the former key in front wrote afterwards"


def test_without_the_claims_one_address_gets_two_accounts(fresh, process):
    """The control: what `email_index` alone, which is unique too, does not refuse."""
    pair = process(OLD), process(TURNED)
    assert pair[0].ask("join first@example.com") == "joined"
    know(fresh, TURNED)
    with unit_of_work(directory_scope()) as unit:
        registry.begin_changing(unit)
    assert at_once(pair) == [["joined", "taken"]] * 4
    with psycopg.connect(fresh.server.directory, autocommit=True) as connection:
        connection.execute("ALTER TABLE directory.person DISABLE TRIGGER person_claim")
        try:
            assert ["joined", "joined"] in at_once(pair)
        finally:
            connection.execute("ALTER TABLE directory.person ENABLE TRIGGER person_claim")


class Load(SideBySide):
    """Reads and writes of accounts and orders."""

    def __init__(self, world, shop):
        super().__init__()
        self.world, self.shop = world, shop
        self.guests, self.people = [], []

    def __enter__(self):
        self.buy()
        self.people.append(people.make_person())
        self.start(self.buy, self.find_guest, self.find_person)
        return self

    def __exit__(self, *_):
        self.stop()

    def buy(self):
        """A guest orders, now and then one who did before."""
        email = f"{secrets.token_hex(1)}@example.com"
        client = self.world.shop_client(self.shop.slug)
        journey.fill_basket(client, "tiny-stud")
        assert journey.give_address(client, email=email).status_code == 303
        journey.choose_shipping(client)
        answer = journey.place(client)
        assert answer.status_code == 303, answer.text
        self.guests.append(email)

    def find_guest(self):
        """Whoever ordered is found at every moment."""
        for email in self.guests[-3:]:
            with unit_of_work(self.shop.scope) as unit:
                assert has_guest_orders(unit, email=email), email

    def find_person(self):
        """Whoever joined is found, and nobody joins twice."""
        person_id, email = self.people[-1]
        with unit_of_work(directory_scope()) as unit:
            assert find_person_id(unit, email=email) == person_id
        with pytest.raises(EmailTakenError):
            people.make_person(email)
        self.people.append(people.make_person())


def test_the_key_changes_under_load_without_an_error(fresh):
    """Both keys everywhere, then the newer in front, then all rows, then the newer alone."""
    shop = open_shop(f"index-{secrets.token_hex(4)}", fresh, stock=100_000)
    person_id, email = people.make_person()
    people.order_as(fresh, shop, person_id, email=email)
    people.order_as(fresh, shop, None, email=email)
    with Load(fresh, shop) as load:
        for keys in (BOTH, TURNED):
            know(fresh, keys)
            load.go_on()
        during = command(fresh, TURNED, "reseal", "--no-wait")
        load.go_on()
        know(fresh, NEW)
        load.go_on()
    assert load.errors == [], (len(load.errors), load.errors[:2])
    assert during[0] == 0, during[1]
    know(fresh, TURNED)
    change()
    know(fresh, NEW)
    assert behind() == {}
    assert_found_by_the_new_key(shop, person_id, email, set(load.guests))
    print(load.done, during[1])


def assert_found_by_the_new_key(shop, person_id, email, guests):
    with unit_of_work(shop.scope) as unit:
        assert [each.email for each in list_customers(unit, email=email)] == [email]
        for guest in guests:
            assert has_guest_orders(unit, email=guest), guest
        for order in list_orders(unit, page_size=500):
            assert "@" in get_contact(unit, order.id).email, "its key went with it"
        owners = list(unit.session.execute(select(SealingKey.owner)).scalars())
        known = {None, *(key_ring().blind_index(each) for each in {email, *guests})}
        assert set(owners) <= known
    with unit_of_work(directory_scope()) as unit:
        assert find_person_id(unit, email=email) == person_id
        who = get_subject(unit, person_id=person_id)
    assert [each.slug for each in list_shops_with(who)] == [shop.slug]


def test_two_keys_of_one_guest_become_one(fresh):
    """Two processes that know different keys may each have made one; nothing is lost."""
    shop = open_shop(f"index-{secrets.token_hex(4)}", fresh, stock=100)
    email = f"{secrets.token_hex(6)}@example.com"
    people.order_as(fresh, shop, None, email=email)
    know(fresh, NEW)
    people.order_as(fresh, shop, None, email=email)
    know(fresh, TURNED)
    with unit_of_work(shop.scope) as unit:
        assert unit.session.query(SealingKey).count() == 2
    change()
    with unit_of_work(shop.scope) as unit:
        keys = unit.session.query(SealingKey).all()
        assert [each.owner for each in keys] == [key_ring().blind_index(email)]
        found = [get_contact(unit, order.id).email for order in list_orders(unit)]
        assert found == [email, email]


def test_a_change_that_was_killed_is_gone_on_with(fresh):
    for _ in range(3):
        people.make_person()
    know(fresh, TURNED)
    with unit_of_work(directory_scope()) as unit:
        registry.begin_changing(unit)
    with psycopg.connect(fresh.server.directory) as half_done:
        half_done.execute("SELECT FROM directory.person LIMIT 1 FOR UPDATE")
        write_indexes_anew(directory_scope())
    with unit_of_work(directory_scope()) as unit:
        assert registry.count_behind(unit) == {"person": 1, "blind_index_key": 1}
    assert not registry.finish_changing(), "somebody is not claimed under the new key yet"
    code, said = command(fresh, TURNED, "check")
    assert (code, "person 1 BEHIND in look-ups" in said) == (1, True), said
    change()
    assert behind() == {}


def test_recovery_codes_live_as_long_as_their_key_and_the_check_says_so(fresh):
    person_id, _ = people.make_person()
    with unit_of_work(directory_scope()) as unit:
        codes = make_recovery_codes(unit, person_id=person_id)
    know(fresh, TURNED)
    change()
    with unit_of_work(directory_scope()) as unit:
        prove_with_code(unit, person_id=person_id, code=codes[0])
        assert count_recovery_codes(unit, person_id) == len(codes) - 1
        assert registry.count_spent_codes(unit) == 1
    know(fresh, NEW)
    with unit_of_work(directory_scope()) as unit:
        assert count_recovery_codes(unit, person_id) == 0, "the page offers to make new ones"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"BLIND_INDEX_KEY": ""}, "BLIND_INDEX_KEYS: is not set"),
        ({"BLIND_INDEX_KEYS": "short"}, "fewer than 32"),
        ({"BLIND_INDEX_KEYS": f"{A},{B},{'c' * 40}"}, "BLIND_INDEX_KEYS"),
        ({"BLIND_INDEX_KEYS": B, "BLIND_INDEX_KEY": A}, "remove it, once"),
    ],
)
def test_keys_that_cannot_be_used_are_refused_at_the_start(platform, given, said):
    with pytest.raises(ConfigurationError, match=said):
        load_configuration({**platform.environment, **given})


def test_every_index_is_known_to_the_change_or_says_why_not():
    """A column that is looked up by, and that no change would write anew, ends with its key."""
    listed = {(each.table.name, each.index.name) for scope in (directory_scope(), SHOP)
              for each in indexed_tables(scope)}  # fmt: skip
    named = {(table.name, column.name) for kind in ("directory", "shop")
             for table in db.metadatas[kind].tables.values() for column in table.columns
             if column.name.endswith("_index")}  # fmt: skip
    assert named - listed == {
        ("person", "other_index"), ("invitation", "other_index"), ("erasure", "other_index"),
        ("address_claim", "email_index"),  # follows the rows that it is of, by triggers
        ("erasure", "email_index"),  # ends with the erasure, which the change waits for
        ("sign_in_attempt", "account_index"),  # counted for a day
    }  # fmt: skip
    assert len(listed) == 6

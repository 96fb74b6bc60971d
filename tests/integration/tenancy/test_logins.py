"""Each group of processes may become what tenants/roles.py lists, and nothing else.

Tests run as `tools`, which may become everything; here the web application runs as `web`, as it does
in production. The control gives a role back, and the attack succeeds.
"""

from uuid import UUID

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from app.dispatcher import Dispatcher
from app.domains.accounts.rules import PLATFORM, Role
from app.foundation.configuration import load_configuration
from app.foundation.database import DIRECTORY, PlatformScope
from app.foundation.delivery import list_failed
from app.foundation.flags import is_money_stopped
from app.foundation.unit_of_work import unit_of_work
from tenants import roles
from tests.conftest import BASE_DOMAIN, HostClient, drain
from tests.functional import journey, signing_in

OPERATOR, JOBS = PlatformScope("main", "platform_operator"), PlatformScope("main", "platform_jobs")
REFUSED = [
    (group.name, role)
    for group in roles.PROCESS_GROUPS
    for role in (*roles.GROUPS, "galleria_owner", "galleria_tools", "postgres")
    if role not in group.roles
]


def become(platform, group, role):
    dsn = platform.server.login_dsn(group, "main", platform.password_secret)
    with psycopg.connect(dsn) as connection:
        connection.execute(f"SET ROLE {role}".encode())


@pytest.mark.parametrize(("group", "role"), REFUSED)
def test_a_login_becomes_nothing_else(platform, group, role):
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        become(platform, group, role)


@pytest.mark.parametrize("group", roles.PROCESS_GROUPS, ids=lambda group: group.name)
def test_a_login_becomes_what_is_listed(platform, group):
    for role in group.roles:
        become(platform, group.name, role)


def test_the_web_is_not_the_jobs(platform):
    assert ("web", "platform_jobs") in REFUSED


def test_control_the_web_with_the_role_given_back_is_the_jobs(platform):
    """And the next release takes what is not listed away again."""
    login = roles.login_name("web", "main")
    with psycopg.connect(platform.server.cells["main"], autocommit=True) as superuser:
        grant = f"GRANT platform_jobs TO {login} WITH INHERIT FALSE, SET TRUE"
        superuser.execute(grant.encode())
        try:
            become(platform, "web", "platform_jobs")
        finally:
            roles.create_logins(superuser, "main", platform.password_secret)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        become(platform, "web", "platform_jobs")


@pytest.fixture
def failed(platform, shop):
    """A delivery of a real purchase, made to look as if it had failed for good."""
    journey.buy(platform, platform.shop_client(shop.slug))
    drain()
    with psycopg.connect(platform.server.cells["main"], autocommit=True) as superuser:
        row = superuser.execute(
            "UPDATE platform.outbox_delivery SET state = 'dead', attempts = 12, last_error = 'Planned'"
            " WHERE shop = %s AND reaction = 'notifications.mail_confirmation'"
            " RETURNING event_id",
            [shop.schema],
        ).fetchone()
    yield row[0]
    drain()


def state_of(platform, event_id: UUID):
    with psycopg.connect(platform.server.cells["main"]) as superuser:
        return superuser.execute(
            "SELECT state, attempts FROM platform.outbox_delivery"
            " WHERE event_id = %s AND reaction = 'notifications.mail_confirmation'",
            [event_id],
        ).fetchone()


BLOCKED = {
    "what an event says": "SELECT payload FROM platform.outbox",
    "whole rows": "SELECT * FROM platform.outbox_delivery",
    "marking as done": "UPDATE platform.outbox_delivery SET state = 'done', attempts = 0",
    "another queue": "UPDATE platform.outbox_delivery SET queue = 'x'",
    "another error": "UPDATE platform.outbox_delivery SET last_error = 'x'",
    "deleting a delivery": "DELETE FROM platform.outbox_delivery",
    "deleting an event": "DELETE FROM platform.outbox",
    "writing an event": "INSERT INTO platform.outbox (id, event, payload, recorded_at)"
    " VALUES (gen_random_uuid(), 'x', '{}', '2026-01-01')",
    "consumed marks": "SELECT 1 FROM platform.consumed",
    "reading the audit": "SELECT actor FROM platform.audit",
    "auditing in a shop's name": "INSERT INTO platform.audit (shop, id, actor, action, object_kind,"
    " object_id, recorded_at) VALUES ('t_00001', gen_random_uuid(), 'x', 'resume_money', 'x', 'x',"
    " '2026-01-01')",
    "auditing another act": "INSERT INTO platform.audit (id, actor, action, object_kind,"
    " object_id, recorded_at) VALUES (gen_random_uuid(), 'x', 'refund', 'x', 'x', '2026-01-01')",
    "another switch": "INSERT INTO platform.feature_flag VALUES ('*', 'x', true, '', '2026-01-01')",
    "the books": "SELECT 1 FROM platform.journal",
    "posting": "SELECT platform.post('x', 'x', 'x', '', NULL, 'EUR', '2026-01-01', '', NULL)",
    "a shop's tables": "SELECT 1 FROM {shop}.product",
}


@pytest.mark.parametrize("name", BLOCKED)
def test_the_operator_does_no_more_than_the_console(platform, shop, failed, name):
    with pytest.raises(ProgrammingError) as refused, unit_of_work(OPERATOR) as unit:
        unit.session.execute(text(BLOCKED[name].replace("{shop}", shop.schema)))
    assert isinstance(refused.value.orig, psycopg.errors.InsufficientPrivilege)
    assert state_of(platform, failed) == ("dead", 12)


def test_the_operator_does_not_see_what_is_done(platform, failed):
    with unit_of_work(OPERATOR) as unit:
        states = set(
            unit.session.execute(text("SELECT DISTINCT state FROM platform.outbox_delivery"))
        )
        found = {stuck.key.event_id for stuck in list_failed(unit)}
    assert ("done",) not in states
    assert str(failed) in found
    with unit_of_work(JOBS) as unit:
        seen = set(
            unit.session.execute(text("SELECT DISTINCT state FROM platform.outbox_delivery"))
        )
    assert ("done",) in seen, "there was something to hide"


@pytest.fixture
def as_web(platform):
    """The web application on the web's own logins, in this process; then back."""
    from app.domains.notifications.ports import Mailer
    from app.foundation.ports import port, provide
    from app.wiring import wire

    mailer, environment = port(Mailer), dict(platform.environment)
    dsn = platform.server.login_dsn("web", "main", platform.password_secret)
    environment["DIRECTORY_DATABASE_URL"] = platform.server.login_dsn(
        "web", DIRECTORY, platform.password_secret
    )
    environment["CELL_DATABASE_URLS"] = f'{{"main": "{dsn}"}}'
    environment["POOL_SIZE"] = "4"
    configuration = load_configuration(environment)
    wire(configuration)
    provide(Mailer, mailer)
    yield Dispatcher(configuration)
    wire(platform.configuration)
    provide(Mailer, mailer)


def sign_in(web, host, shop_id, role):
    return signing_in.sign_in(web, host, signing_in.make_person((shop_id, role)))


def test_an_admin_sees_and_resends_a_failed_delivery_as_the_web(platform, shop, failed, as_web):
    with pytest.raises(ProgrammingError, match="InsufficientPrivilege"), unit_of_work(JOBS):
        pass
    admin = sign_in(as_web, f"admin.{BASE_DOMAIN}", PLATFORM, Role.ADMIN)
    page = admin.get("/failures").text
    assert str(failed) in page
    token = page.split('name="form_token" value="')[1].split('"')[0]
    answer = admin.post(
        "/failures/resend",
        {
            "form_token": token,
            "database": "main",
            "shop": shop.schema,
            "event_id": str(failed),
            "reaction": "notifications.mail_confirmation",
        },
    )
    assert answer.status_code == 303
    assert state_of(platform, failed) == ("waiting", 0)


def test_an_admin_lets_a_shop_s_money_go_on_as_the_web(platform, shop, as_web):
    with psycopg.connect(platform.server.cells["main"], autocommit=True) as superuser:
        superuser.execute(
            "INSERT INTO platform.feature_flag VALUES (%s, 'stop_money', true, 'I1', '2026-01-01')",
            [shop.schema],
        )
    admin = sign_in(as_web, f"admin.{BASE_DOMAIN}", PLATFORM, Role.ADMIN)
    page = admin.get(f"/shops/{shop.id}").text
    token = page.split('name="form_token" value="')[1].split('"')[0]
    form = {"form_token": token, "reason": "the books are right"}
    assert admin.post(f"/shops/{shop.id}/money", form).status_code == 303
    with unit_of_work(shop.scope) as unit:
        assert not is_money_stopped(unit)


def test_every_page_of_the_consoles_works_as_the_web(platform, shop, as_web):
    """A right that only `tools` has would be missed on the first day of production."""
    admin = sign_in(as_web, f"admin.{BASE_DOMAIN}", PLATFORM, Role.ADMIN)
    for path in ("/", f"/shops/{shop.id}", "/failures", "/books"):
        assert admin.get(path).status_code == 200, path
    owner = sign_in(as_web, f"console.{BASE_DOMAIN}", shop.id, Role.OWNER)
    for part in ("orders", "products", "import", "balance"):
        assert owner.get(f"/shops/{shop.id}/{part}").status_code == 200, part


def test_a_purchase_works_as_the_web(platform, shop, as_web):
    client = HostClient(as_web, f"{shop.slug}.{BASE_DOMAIN}")
    token = journey.buy(platform, client)
    assert client.get(f"/en/orders/{token}").status_code == 200

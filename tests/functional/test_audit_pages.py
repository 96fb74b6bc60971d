"""The pages of the log: a shop's for its owner, everything for auditors; and who looks is in it."""

import html
import re
import secrets
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from app.domains.accounts.memberships.custom_roles import make_role
from app.domains.accounts.memberships.operations import grant_role
from app.domains.accounts.people.queries import find_person_id
from app.domains.accounts.permissions import Permission
from app.domains.accounts.rules import PLATFORM, Role
from app.domains.customers.queries import find_customer_id
from app.domains.orders.queries import list_order_numbers
from app.foundation.clock import clock
from app.foundation.database import DIRECTORY, directory_scope
from app.foundation.identifiers import new_id
from app.foundation.unit_of_work import unit_of_work
from tests.conftest import BASE_DOMAIN, HostClient, drain
from tests.functional import people, settling, signing_in
from tests.functional.signing_in import make_person
from tests.integration.foundation.audit_rows import seal_all

ADDRESS = "203.0.113.77"


def person_of(email):
    with unit_of_work(directory_scope()) as unit:
        return find_person_id(unit, email=email)


def sign_in(platform, face, email):
    """Sign in from an address of our own, and on a console."""
    market = HostClient(platform.web, BASE_DOMAIN, ADDRESS)
    answer = signing_in.give_password_and_code(market, email)
    assert answer.status_code == 303, answer.text
    if not face:
        return market
    return signing_in.take_over(market, HostClient(platform.web, f"{face}.{BASE_DOMAIN}", ADDRESS))


@pytest.fixture
def owner(platform, shop):
    email = make_person((shop.id, Role.OWNER), name="Olga Owner")
    client = sign_in(platform, "console", email)
    client.person_id = person_of(email)
    return client


@pytest.fixture
def auditor(platform):
    email = make_person((PLATFORM, Role.AUDITOR), name="Aude Auditor")
    client = sign_in(platform, "admin", email)
    client.person_id = person_of(email)
    return client


@pytest.fixture
def order(platform, shop):
    order_id = settling.buy(platform, shop, quantity=1)
    drain()
    return order_id


def rows_of(platform, actor, table="platform.audit"):
    with psycopg.connect(platform.server.directory) as connection:
        return connection.execute(
            f"SELECT action, kind, object_kind, object_id, network, place FROM {table}"
            " WHERE actor = %s ORDER BY xact, id",
            [str(actor)],
        ).fetchall()


def lines(page):
    """Return the log's rows as text."""
    body = page.split("<tbody>")[-1].split("</tbody>")[0] if "<tbody>" in page else ""
    rows = re.findall(r"<tr>(.*?)</tr>", body, re.S)
    return [html.unescape(" ".join(re.sub(r"<[^>]+>", " ", row).split())) for row in rows]


def test_an_owner_sees_who_did_what(platform, shop, owner, order):
    owner.get(f"/shops/{shop.id}/orders/{order}")
    page = owner.get(f"/shops/{shop.id}/log")
    assert page.status_code == 200
    found = lines(page.text)
    assert "Olga Owner · looked at a buyer's contact and address" in found[0]
    assert "203.0.113.0/24" in found[0]
    assert any("A visitor without an account · placed an order" in line for line in found)
    assert any("gave a role Role Owner" in line and "Olga Owner" in line for line in found)
    assert any("made the shop" in line for line in found)
    assert f"/orders/{order}" in page.text
    assert "Ada Buyer" not in page.text
    assert "ada.buyer" not in page.text.lower()


def test_a_log_is_searched(platform, shop, owner, order):
    owner.get(f"/shops/{shop.id}/orders/{order}")
    path = f"/shops/{shop.id}/log"
    number = re.search(r">(\w+-?\w*)</a>", owner.get(f"/shops/{shop.id}/orders").text.split(
        str(order))[1])[1]  # fmt: skip
    assert all("Order" in line for line in lines(owner.get(f"{path}?object={number}").text))
    assert len(lines(owner.get(f"{path}?object={order}").text)) >= 3
    only = lines(owner.get(f"{path}?who={owner.person_id}").text)
    assert len(only) == 1
    assert "looked at" in only[0]
    assert lines(owner.get(f"{path}?kind=access").text) == only
    assert lines(owner.get(f"{path}?what=see_contact").text) == only
    today, day = datetime.now(UTC), timedelta(days=1)
    assert lines(owner.get(f"{path}?since={today:%Y-%m-%d}&until={today:%Y-%m-%d}").text)
    assert lines(owner.get(f"{path}?until={today - day:%Y-%m-%d}").text) == []
    place = re.search(r'href="\?place=([0-9a-f]{16})"', owner.get(path).text)[1]
    assert lines(owner.get(f"{path}?place={place}").text)
    nothing = owner.get(f"{path}?object={new_id()}").text
    assert "Nothing in the log fits" in nothing
    assert "Show everything" in nothing


BAD = (
    "since=yesterday", "until=2026-13-45", "older=x", "kind=x", "what=%00", "place=%27",
    "who=" + "x" * 5000, "since=2026-02-02&until=2026-02-01", "object=%F0%9F%92%8D",
)  # fmt: skip


def test_bad_input_is_answered_in_words(platform, owner, shop, auditor):
    for client, path in ((owner, f"/shops/{shop.id}/log"), (auditor, "/log")):
        for query in BAD:
            answer = client.get(f"{path}?{query}")
            assert answer.status_code == 200, query
            is_wrong = 'aria-invalid="true"' in answer.text
            assert is_wrong == ("since" in query or "until" in query), query


def test_pages_follow_each_other_and_keep_what_is_looked_for(platform, shop, owner):
    with unit_of_work(shop.scope) as unit:
        for number in range(120):
            unit.audit(action="ask_refund", object_kind="refund", object_id=f"number-{number}")
    seen, path = [], f"/shops/{shop.id}/log?what=ask_refund"
    while path:
        page = owner.get(path).text
        seen += re.findall(r"number-\d+", page)
        older = re.search(r'href="(\?[^"]*older=[^"]*)"', page)
        assert older is None or "what=ask_refund" in older[1]
        path = f"/shops/{shop.id}/log{older[1]}".replace("&amp;", "&") if older else ""
    assert len(seen) == len(set(seen)) == 120


def test_a_shops_log_is_its_own(platform, shop, owner):
    from tests.conftest import open_shop

    other = open_shop(f"other-{secrets.token_hex(4)}", platform)
    mark = f"mark-{secrets.token_hex(4)}"
    with unit_of_work(other.scope) as unit:
        unit.audit(action="ask_refund", object_kind="refund", object_id=mark)
    assert mark not in owner.get(f"/shops/{shop.id}/log").text
    assert owner.get(f"/shops/{shop.id}/log?object={mark}").text.count(mark) == 1, "the field only"
    assert owner.get(f"/shops/{other.id}/log").status_code == 404


def test_who_may_not_see_the_log_gets_nothing(platform, shop):
    for role in (Role.ORDERS, Role.MARKETING, Role.SUPPORT, Role.SUPPLIER):
        client = sign_in(platform, "console", make_person((shop.id, role)))
        assert client.get(f"/shops/{shop.id}/log").status_code == 404, role
    nobody = platform.client(f"console.{BASE_DOMAIN}")
    assert nobody.get(f"/shops/{shop.id}/log").status_code == 303
    for role in (Role.MODERATOR, Role.FINANCE, Role.PLATFORM_SUPPORT):
        client = sign_in(platform, "admin", make_person((PLATFORM, role)))
        assert client.get("/log").status_code == 404, role


def test_the_platforms_people_have_no_name_in_a_shops_log(platform, shop, owner):
    email = make_person((PLATFORM, Role.ADMIN), name="Adele Admin")
    admin = sign_in(platform, "admin", email)
    token = re.search(r'name="form_token" value="([^"]+)"', admin.get(f"/shops/{shop.id}").text)[1]
    sent = admin.post(f"/shops/{shop.id}/suspend", {"form_token": token, "reason": "a check"})
    assert sent.status_code == 303
    page = owner.get(f"/shops/{shop.id}/log").text
    assert "Adele" not in page
    line = next(line for line in lines(page) if "closed the shop for now" in line)
    assert "Galleria's team" in line
    assert "State open → closed for now" in line.replace(":", "")
    assert "/24" not in line


def test_a_shop_never_sees_the_id_of_a_person_who_is_not_its_own(platform, shop, owner):
    """It is the same in every shop: two shops could tell each other who buys at both."""
    buyer = person_of(make_person(name="Bea Buyer"))
    with unit_of_work(shop.scope) as unit:
        unit.audit(
            actor=str(buyer), action="export_person", object_kind="person", object_id=buyer,
            person=buyer, order=new_id(),
        )  # fmt: skip
    page = owner.get(f"/shops/{shop.id}/log").text
    assert "took their data along" in page
    assert "Bea" not in page
    assert str(buyer) not in page
    for query in (f"who={buyer}", f"object={buyer}"):
        assert lines(owner.get(f"/shops/{shop.id}/log?{query}").text) == []
    mine = lines(owner.get(f"/shops/{shop.id}/log?object={owner.person_id}").text)
    assert any("gave a role" in line for line in mine)


def test_a_customer_has_a_name_in_the_log_for_whoever_may_see_customers(platform, shop, owner):
    person, _ = people.make_person(name="Bea Buyer")
    people.order_as(platform, shop, person)
    with unit_of_work(shop.scope) as unit:
        customer = find_customer_id(unit, person_id=person)
    page = owner.get(f"/shops/{shop.id}/log?what=make_customer").text
    (line,) = lines(page)
    assert "Ada Buyer · became a customer" in line, "the name that this shop was given"
    assert "Customer Ada Buyer" in line
    assert page.count(f'href="/shops/{shop.id}/customers/{customer}"') == 2
    assert str(person) not in page
    looks = [row for row in rows_of(platform, owner.person_id) if row[0] == "see_customer_names"]
    assert [row[1:4] for row in looks] == [("access", "shop", str(shop.id))], "once for the page"
    owner.get(f"/shops/{shop.id}/log?what=create_shop")
    assert len(rows_of(platform, owner.person_id)) == len(looks), "nobody is named, nothing noted"

    email = make_person(name="Lena Log", has_app=True)
    with unit_of_work(directory_scope()) as unit:
        role = make_role(
            unit, shop_id=shop.id, name="Log only", permissions=[Permission.SEE_LOG.value],
            actor=owner.person_id,
        )  # fmt: skip
        grant_role(
            unit, person_id=find_person_id(unit, email=email), shop_id=shop.id, role=Role.CUSTOM,
            custom_role_id=role,
        )  # fmt: skip
    reader = sign_in(platform, "console", email)
    page = reader.get(f"/shops/{shop.id}/log?what=make_customer").text
    assert "A buyer, or somebody who has left · became a customer" in lines(page)[0]
    assert "Ada Buyer" not in page
    assert str(person) not in page
    assert "see_customer_names" not in {row[0] for row in rows_of(platform, person_of(email))}


def test_a_refunds_line_names_its_order_and_leads_to_its_history(platform, shop, owner, order):
    refund = new_id()
    with unit_of_work(shop.scope) as unit:
        number = list_order_numbers(unit, [order])[order]
        unit.audit(action="ask_refund", object_kind="refund", object_id=refund, order=order)
    page = owner.get(f"/shops/{shop.id}/log?what=ask_refund").text
    (line,) = lines(page)
    assert f"Order {number}" in line.replace(":", "")
    assert str(refund) not in line
    assert f'href="?object={refund}"' in page
    assert lines(owner.get(f"/shops/{shop.id}/log?object={refund}").text) == [line]


def test_an_auditor_sees_everything_and_each_look_is_written_down(platform, shop, auditor, order):
    page = auditor.get("/log").text
    assert any("placed an order" in line and shop.name in line for line in lines(page))
    assert any("signed in" in line and "Aude Auditor" in line for line in lines(page))
    looks = rows_of(platform, auditor.person_id, "directory.directory_audit")
    assert [row[:4] for row in looks if row[0] == "see_log"] == [
        ("see_log", "access", "log", "all")
    ]
    of_shop = lines(auditor.get(f"/log?shop={shop.slug}").text)
    assert any("made the shop" in line for line in of_shop)
    assert any("placed an order" in line for line in of_shop)
    assert not any("signed in" in line for line in of_shop)
    assert "No shop has this address" in auditor.get("/log?shop=nowhere").text


def test_an_auditor_is_told_when_rows_wait_too_long_for_their_seal(platform, shop, auditor):
    for database in (DIRECTORY, "main"):
        seal_all(database)
    assert "wait to be sealed" not in auditor.get("/log").text
    clock.move(timedelta(minutes=-5))
    try:
        with unit_of_work(shop.scope) as unit:
            unit.audit(action="ask_refund", object_kind="refund", object_id=new_id())
    finally:
        clock.reset()
    assert "Rows wait to be sealed since" in auditor.get("/log").text
    seal_all()
    assert "wait to be sealed" not in auditor.get("/log").text


def test_an_auditor_finds_a_person_by_e_mail(platform, shop, auditor):
    email = make_person((shop.id, Role.OWNER), name="Paula")
    sign_in(platform, "console", email)
    found = lines(auditor.get(f"/log?kind=sign_in&who={email.upper()}").text)
    assert len(found) == 1
    assert "Paula · signed in" in found[0]
    assert "203.0.113.0/24" in found[0]
    assert "203.0.113.77" not in auditor.get("/log").text
    assert "Nobody has an account" in auditor.get("/log?who=nobody@example.com").text
    assert lines(auditor.get(f"/log?kind=sign_in&who={person_of(email)}").text) == found


def test_a_person_sees_what_they_did_and_what_was_done_to_their_account(platform, shop, order):
    email = make_person((shop.id, Role.OWNER), name="Olga Owner")
    other = make_person((shop.id, Role.OWNER), name="Otto Other")
    sign_in(platform, "console", other).get(f"/shops/{shop.id}/orders/{order}")
    sign_in(platform, "console", email).get(f"/shops/{shop.id}/orders/{order}")
    market = sign_in(platform, "", email)
    page = market.get("/en/account/log")
    assert page.status_code == 200
    found = lines(page.text)
    looks = [line for line in found if "looked at a buyer's contact" in line]
    assert len(looks) == 1
    assert "You · looked" in looks[0]
    assert shop.name in looks[0]
    assert "203.0.113.0/24" in looks[0]
    given = next(line for line in found if "gave a role" in line)
    assert "The system · gave a role Role Owner" in given
    assert shop.name in given
    assert sum("You · signed in" in line for line in found) == 2
    assert "Otto" not in page.text
    assert str(person_of(other)) not in page.text
    assert len(lines(market.get("/en/account/log?kind=sign_in").text)) == 2
    assert "Nothing in the log fits" in market.get("/en/account/log?until=2020-01-01").text
    assert platform.client(BASE_DOMAIN).get("/en/account/log").status_code == 303


@pytest.mark.parametrize(("language", "words"), [("de", "Protokoll"), ("fr", "Journal")])
def test_the_log_speaks_german_and_french(platform, shop, order, language, words):
    email = make_person((shop.id, Role.OWNER), language=language)
    header = {"Accept-Language": language}
    page = sign_in(platform, "console", email).get(f"/shops/{shop.id}/log", headers=header).text
    assert f"<h1>{words}</h1>" in page
    assert "placed an order" not in page


MONEY, PERSONAL, NEITHER = "money", "personal data", "neither"
VIEWS = {
    "merchant_console": {
        MONEY: "refunds.give_back approvals.approve approvals.decline approvals.withdraw"
        " money.set_up money.returned people.send people.send_again people.withdraw people.change"
        " people.remove tokens.make tokens.withdraw rights.offer rights.accept rights.end rights.leave roles.make roles.change"
        " roles.remove",
        PERSONAL: "orders.show people.index people.show customers.index customers.show log.index",
        NEITHER: "asset icon take_reports sign_in.ask sign_in.take sign_in.leave home.start"
        " home.enter orders.index orders.send orders.undo refunds.ask approvals.index"
        " products.index products.show products.save making.ask making.make making.show making.change pictures.save collections.index collections.arrange collections.ask"
        " collections.make collections.show collections.change collections.fill products.ask_file products.take_file"
        " money.balance rights.show rights.view_as rights.stop roles.ask roles.show"
        " own_stock.index own_stock.save tokens.index tokens.ask profile.show profile.rename"
        " profile.show_texts profile.save_texts profile.show_imprint profile.save_imprint"
        " profile.put_back profile_pictures.show profile_pictures.save",
    },
    "admin_console": {
        MONEY: "shops.resume_payments shops.suspend shops.resume approvals.approve"
        " approvals.decline people.send people.send_again people.withdraw people.change"
        " people.remove journals.write journals.reverse journals.approve journals.decline"
        " journals.withdraw unanswered.ask",
        PERSONAL: "log.index people.index",
        NEITHER: "asset icon take_reports sign_in.ask sign_in.take sign_in.leave shops.index"
        " shops.show operations.failures operations.send_again operations.books approvals.index"
        " journals.index journals.ask journals.show unanswered.index",
    },
}
"""Each view of a console: does it act on money (or on who may), show personal data, or neither?

The first two write to the log: money with kind "money", a look with kind "access".
"""


def test_every_view_of_a_console_says_whether_it_is_logged(platform):
    from app import factory

    makers = {
        "merchant_console": factory.create_merchant_console,
        "admin_console": factory.create_admin_console,
    }
    for face, make in makers.items():
        there = {rule.endpoint for rule in make(platform.configuration).url_map.iter_rules()}
        listed = [name for names in VIEWS[face].values() for name in names.split()]
        assert len(listed) == len(set(listed)), "listed twice"
        assert sorted(there - set(listed)) == [], f"{face}: say in VIEWS what these show"
        assert sorted(set(listed) - there) == [], f"{face}: gone"


def test_every_act_on_money_and_every_look_at_personal_data_is_written_down(
    platform, shop, owner, order
):
    """Each listed view once, by its own person; approvals have tests of their own."""
    path = f"/shops/{shop.id}"
    token = re.search(r'name="form_token" value="([^"]+)"', owner.get(f"{path}/import").text)[1]
    form = {"form_token": token}
    owner.get(f"{path}/orders/{order}")
    refund = str(new_id())
    owner.post(
        f"{path}/orders/{order}/refund",
        {**form, "refund_id": refund, "kind": "amount", "amount": "1", "reason": "other"},
    )
    owner.post(f"{path}/payouts", form)
    written = {row[0]: row for row in rows_of(platform, owner.person_id)}
    assert written["see_contact"][1:4] == ("access", "order", str(order))
    assert written["ask_refund"][1:4] == ("money", "refund", refund)
    assert written["set_up_payouts"][1] == "money"
    assert written["connected_account_changed"][1] == "money"
    assert {row[4] for row in written.values()} == {"203.0.113.0/24"}

    email = make_person((PLATFORM, Role.ADMIN))
    admin_id = person_of(email)
    admin = sign_in(platform, "admin", email)
    token = re.search(r'name="form_token" value="([^"]+)"', admin.get(path).text)[1]
    for act in ("suspend", "resume", "money"):
        answer = admin.post(f"{path}/{act}", {"form_token": token, "reason": "a test"})
        assert answer.status_code == 303
    admin.get("/log")
    in_directory = rows_of(platform, admin_id, "directory.directory_audit")
    kinds = {row[0]: row[1] for row in in_directory + rows_of(platform, admin_id)}
    assert kinds == {
        "join": "action", "sign_in": "sign_in", "shop_suspended": "money", "shop_open": "money",
        "resume_money": "money", "see_log": "access",
    }  # fmt: skip


def test_a_program_acts_as_the_person_whose_key_it_carries(platform):
    from types import SimpleNamespace

    from flask import g

    from app.factory import create_shop_api
    from app.foundation.audit.origin import GUEST, SYSTEM, current_place, resolve_actor

    person = new_id()
    app = create_shop_api(platform.configuration)
    with app.test_request_context("/", environ_base={"REMOTE_ADDR": ADDRESS}):
        first = app.before_request_funcs[None]
        next(f for f in first if f.__module__ == "app.faces.shared.origin")()
        assert resolve_actor(SYSTEM) == GUEST
        g.bearer = SimpleNamespace(person_id=person)
        assert resolve_actor(SYSTEM) == str(person)
        assert resolve_actor("operator") == "operator"
        assert current_place()[1] == "203.0.113.0/24"
    assert resolve_actor(SYSTEM) == SYSTEM
    assert current_place() == ("", "")


def test_a_page_of_a_shop_writes_nothing_to_the_log(platform, shop):
    with psycopg.connect(platform.server.directory) as connection:

        def count():
            return connection.execute(
                "SELECT (SELECT count(*) FROM platform.audit)"
                " + (SELECT count(*) FROM directory.directory_audit)"
            ).fetchone()[0]  # fmt: skip

        client, before = platform.shop_client(shop.slug), count()
        for path in ("/en/", "/en/collections/all", "/en/products/elder-ring", "/en/cart"):
            assert client.get(path).status_code == 200
        assert count() == before

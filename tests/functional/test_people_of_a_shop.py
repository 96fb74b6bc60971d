"""The people of a shop: what they may do, and what takes two of them."""

import re
import secrets
from datetime import timedelta

import pytest

from app.domains.accounts.memberships.operations import grant_role
from app.domains.accounts.people.queries import find_person_id
from app.domains.accounts.permissions import GRANTED, SHOP_ROLES, Permission
from app.domains.accounts.rules import PLATFORM, Role
from app.domains.catalog.imports.operations import import_products
from app.domains.catalog.imports.parsing import parse_products
from app.domains.inventory.operations import ensure_location, set_stock
from app.domains.payments.refunds.queries import list_refunds
from app.foundation.clock import clock
from app.foundation.database import directory_scope
from app.foundation.identifiers import new_id
from app.foundation.unit_of_work import unit_of_work
from tests.conftest import BASE_DOMAIN, drain, open_shop
from tests.functional import settling
from tests.functional.signing_in import make_person, sign_in, sign_in_as, take_over

CONSOLE = f"console.{BASE_DOMAIN}"


def signed_in(platform, shop, role=Role.OWNER):
    return sign_in_as(platform, "console", (shop.id, role))


def token(page):
    return {"form_token": re.search(r'name="form_token" value="([^"]+)"', page)[1]}


@pytest.fixture(scope="module")
def house(platform):
    return open_shop(f"house-{secrets.token_hex(4)}", platform, stock=200)


@pytest.fixture
def path(platform, house):
    """The page of an order of 1,267.50."""
    order_id = settling.buy(platform, house, quantity=15)
    drain()
    return f"/shops/{house.id}/orders/{order_id}"


def refunds_of(shop, path):
    with unit_of_work(shop.scope) as unit:
        found = list_refunds(unit)
    order_id = path.rpartition("/")[2]
    return [(r.amount.amount, r.state.value) for r in found if str(r.subject_id) == order_id]


def ask(client, path, amount="600.00"):
    form = {**token(client.get(f"{path}/refund").text), "refund_id": str(new_id())}
    return client.post(
        f"{path}/refund", {**form, "kind": "amount", "amount": amount, "reason": "returned"}
    )


def test_a_large_refund_takes_two_people(platform, house, path, mails):
    first, second = signed_in(platform, house), signed_in(platform, house)
    answer = ask(first, path)
    assert answer.status_code == 303
    assert "waits for a second person" in first.get(f"{path}/refund").text
    assert refunds_of(house, path) == []
    mine = first.get(f"/shops/{house.id}/approvals").text
    assert "You asked for this" in mine
    page = second.get(f"/shops/{house.id}/approvals").text
    approve = re.search(r'action="([^"]+/approve)"', page)[1]
    drain()
    told, link = link_in(mails, "approval-asked")
    assert "€600.00" in told.text
    lead = platform.client(BASE_DOMAIN).get(link).headers["Location"]
    assert lead.endswith(f"/shops/{house.id}/approvals")
    refused = first.post(approve, token(first.get(f"{path}/refund").text))
    assert refused.status_code == 409
    assert "You asked for this yourself" in refused.text
    assert second.post(approve, token(page)).status_code == 303
    assert second.post(approve, token(page)).status_code == 409, "a second click"
    assert refunds_of(house, path) == [(60_000, "succeeded")]
    assert "approved" in first.get(f"{path}/refund").text


def test_it_is_declined_or_taken_back(platform, house, path):
    first, second = signed_in(platform, house), signed_in(platform, house)
    ask(first, path)
    page = first.get(f"{path}/refund").text
    withdraw = re.search(r'action="([^"]+/withdraw)"', page)[1]
    assert second.post(withdraw, token(second.get(f"{path}/refund").text)).status_code == 409
    assert first.post(withdraw, token(page)).status_code == 303
    ask(first, path)
    page = second.get(f"/shops/{house.id}/approvals").text
    decline = re.search(r'action="([^"]+/decline)"', page)[1]
    assert second.post(decline, token(page)).status_code == 303
    assert refunds_of(house, path) == []
    shown = first.get(f"{path}/refund").text
    assert "taken back" in shown
    assert "declined" in shown


def test_whoever_may_not_approve_sees_no_page_of_it(platform, house):
    staff = signed_in(platform, house, Role.ORDERS)
    assert staff.get(f"/shops/{house.id}/approvals").status_code == 404
    assert "/approvals" not in staff.get(f"/shops/{house.id}/orders").text


def link_in(mails, kind):
    """Return the path that the newest mail of a kind leads to."""
    mail = [each for each in mails if each.message_id.startswith(kind)][-1]
    return mail, re.search(r"https?://[^/]+(/\S+)", mail.text)[1]


def people_page(client, shop):
    return client.get(f"/shops/{shop.id}/people").text


def invite(client, shop, email, role="orders", **more):
    form = {**token(people_page(client, shop)), "email": email, "role": role, **more}
    return client.post(f"/shops/{shop.id}/invitations", form)


def person_of(email):
    with unit_of_work(directory_scope()) as unit:
        return find_person_id(unit, email=email)


def test_a_person_is_invited_by_mail_and_accepts(platform, shop, mails):
    owner = signed_in(platform, shop)
    email = make_person(name="Nina New", has_app=True)
    assert invite(owner, shop, email).status_code == 303
    assert email in people_page(owner, shop)
    drain()
    mail, path = link_in(mails, "invitation")
    assert mail.to == email
    assert shop.name in mail.subject
    stranger = platform.client(BASE_DOMAIN)
    page = stranger.get(path).text
    assert "Say that an order&#39;s pieces left" in page, "what the role may do is said"
    assert email not in page, "whoever finds the link does not learn the address"
    assert "Sign in and accept" in page
    newcomer = stranger.get(re.search(r'href="([^"]+/sign-up\?next=[^"]+)"', page)[1]).text
    assert "Use the address that the invitation was sent to" in newcomer
    assert f'name="next" value="{path}"' in newcomer
    assert "invitation" not in stranger.get("/en/sign-up").text
    other = sign_in(platform.web, BASE_DOMAIN, make_person())
    assert "sent to another address" in other.get(path).text
    assert other.post(path, token(other.get("/en/account").text)).status_code == 409
    market = sign_in(platform.web, BASE_DOMAIN, email)
    accepted = market.post(path, token(market.get(path).text))
    assert accepted.status_code == 303
    assert accepted.headers["Location"] == f"http://{CONSOLE}/shops/{shop.id}/rights?welcome=1"
    console = take_over(market, platform.client(CONSOLE))
    assert console.get(f"/shops/{shop.id}/orders").status_code == 200
    assert "Your role counts from now on" in console.get(f"/shops/{shop.id}/rights?welcome=1").text
    assert "Your role counts" not in console.get(f"/shops/{shop.id}/rights").text
    assert console.get(f"/shops/{shop.id}/balance").status_code == 404
    assert stranger.get(path).status_code == 410
    assert "Nina New" in people_page(owner, shop)


def test_an_invitation_is_sent_again_and_taken_back(platform, shop, mails):
    owner = signed_in(platform, shop)
    invite(owner, shop, "somebody@example.com")
    drain()
    _, first = link_in(mails, "invitation")
    page = people_page(owner, shop)
    again, back = (re.search(rf'action="([^"]+/{verb})"', page)[1] for verb in ("send", "withdraw"))
    assert owner.post(again, token(page)).status_code == 429
    try:
        clock.move(timedelta(minutes=2))
        assert owner.post(again, token(page)).status_code == 303
        drain()
        _, second = link_in(mails, "invitation")
        market = platform.client(BASE_DOMAIN)
        assert (market.get(first).status_code, market.get(second).status_code) == (410, 200)
        assert owner.post(back, token(page)).status_code == 303
        assert market.get(second).status_code == 410
    finally:
        clock.reset()


@pytest.mark.parametrize(
    ("form", "status", "words"),
    [
        ({"email": "nobody", "role": "orders"}, 422, "does not look like"),
        ({"email": "a@example.com", "role": "king"}, 422, "Choose a role"),
        ({"email": "a@example.com", "role": "admin"}, 422, "Choose a role"),
        ({"email": "a@example.com", "role": "supplier"}, 422, "maker&#39;s name"),
        ({"email": "a@example.com", "role": str(new_id())}, 422, "Choose a role"),
        ({"email": "a\x00@example.com", "role": "\x00"}, 422, "Choose a role"),
        ({}, 422, "Choose a role"),
    ],
)
def test_an_invitation_that_is_none_is_refused_in_words(platform, shop, form, status, words):
    owner = signed_in(platform, shop)
    answer = owner.post(
        f"/shops/{shop.id}/invitations", {**token(people_page(owner, shop)), **form}
    )
    assert answer.status_code == status
    assert words in answer.text


def test_rights_change_at_the_next_click(platform, shop):
    owner, email = signed_in(platform, shop), make_person((shop.id, Role.ORDERS))
    helper = sign_in(platform.web, CONSOLE, email)
    person = f"/shops/{shop.id}/people/{person_of(email)}"
    assert helper.get(f"/shops/{shop.id}/orders").status_code == 200
    form = token(owner.get(person).text)
    assert owner.post(person, {**form, "role": "catalogue"}).status_code == 303
    assert helper.get(f"/shops/{shop.id}/orders").status_code == 404
    assert helper.get(f"/shops/{shop.id}/import").status_code == 200
    assert owner.post(f"{person}/remove", form).status_code == 303
    assert helper.get(f"/shops/{shop.id}/import").status_code == 404
    assert helper.get(f"/shops/{shop.id}/rights").status_code == 404


def test_an_administrator_does_not_touch_the_owner(platform, shop):
    email = make_person((shop.id, Role.OWNER))
    administrator = signed_in(platform, shop, Role.ADMINISTRATOR)
    person = f"/shops/{shop.id}/people/{person_of(email)}"
    page = administrator.get(person).text
    assert "rights that you do not have" in page
    assert "Change the role" not in page
    form = token(people_page(administrator, shop))
    assert administrator.post(person, {**form, "role": "orders"}).status_code == 409
    assert administrator.post(f"{person}/remove", form).status_code == 409
    assert 'value="owner"' not in people_page(administrator, shop)


def test_a_role_of_the_shop_s_own(platform, shop):
    owner, email = signed_in(platform, shop), make_person((shop.id, Role.ORDERS))
    roles = f"/shops/{shop.id}/roles"
    form = token(owner.get(roles).text)
    assert owner.post(roles, {**form, "name": ""}).status_code == 422
    bad = owner.post(roles, {**form, "name": "Desk", "permissions": ["erase_shop"]})
    assert bad.status_code == 422
    assert 'value="Desk"' in bad.text, "what was typed is kept"
    chosen = {**form, "name": "Front desk", "permissions": ["see_orders", "see_balance"]}
    assert owner.post(roles, chosen).status_code == 303
    page = people_page(owner, shop)
    role = re.search(rf"{roles}/([0-9a-f-]+)", page)[1]
    person = f"/shops/{shop.id}/people/{person_of(email)}"
    assert owner.post(person, {**form, "role": role}).status_code == 303
    helper = sign_in(platform.web, CONSOLE, email)
    assert helper.get(f"/shops/{shop.id}/balance").status_code == 200
    assert "Front desk" in helper.get(f"/shops/{shop.id}/rights").text
    owner.post(f"/shops/{shop.id}/view-as", {**form, "role": role})
    assert "You see the shop as: Front desk" in owner.get(f"/shops/{shop.id}/balance").text
    assert owner.get(f"/shops/{shop.id}/products").status_code == 404
    owner.post(f"/shops/{shop.id}/view-as/stop", form)
    changed = {**form, "name": "Front desk", "permissions": ["see_orders"]}
    assert owner.post(f"{roles}/{role}", changed).status_code == 303
    assert helper.get(f"/shops/{shop.id}/balance").status_code == 404
    assert owner.post(f"{roles}/{role}/remove", form).status_code == 409
    owner.post(person, {**form, "role": "orders"})
    assert owner.post(f"{roles}/{role}/remove", form).status_code == 303


def test_an_owner_sees_the_shop_as_a_role_and_changes_nothing(platform, shop):
    owner = signed_in(platform, shop)
    rights = f"/shops/{shop.id}/rights"
    form = token(owner.get(rights).text)
    answer = owner.post(f"/shops/{shop.id}/view-as", {**form, "role": "catalogue"})
    assert answer.status_code == 303
    page = owner.get(f"/shops/{shop.id}/products")
    assert "You see the shop as: Catalogue" in page.text
    assert "/balance" not in page.text
    for hidden in ("orders", "balance", "people", "approvals"):
        assert owner.get(f"/shops/{shop.id}/{hidden}").status_code == 404, hidden
    product = re.search(rf"/shops/{shop.id}/products/[0-9a-f-]+", page.text)[0]
    refused = owner.post(product, form)
    assert refused.status_code == 409
    assert "nothing can be changed" in refused.text
    assert owner.post(f"/shops/{shop.id}/leave", form).status_code == 409
    assert owner.post(f"/shops/{shop.id}/view-as/stop", form).status_code == 303
    assert owner.get(f"/shops/{shop.id}/balance").status_code == 200
    assert owner.post(product, form).status_code == 303


def test_only_an_owner_sees_as_another(platform, shop):
    administrator = signed_in(platform, shop, Role.ADMINISTRATOR)
    form = token(administrator.get(f"/shops/{shop.id}/rights").text)
    for path in ("view-as", "offers"):
        answer = administrator.post(f"/shops/{shop.id}/{path}", {**form, "role": "orders"})
        assert answer.status_code == 404


@pytest.mark.parametrize("role", [role for role in SHOP_ROLES if role is not Role.OWNER])
def test_viewing_as_shows_exactly_what_the_role_may(platform, shop, role):
    owner = signed_in(platform, shop)
    form = token(owner.get(f"/shops/{shop.id}/rights").text)
    answer = owner.post(f"/shops/{shop.id}/view-as", {**form, "role": role.value})
    assert answer.status_code == 303
    paths = {
        "orders": Permission.SEE_ORDERS, "products": Permission.SEE_PRODUCTS,
        "balance": Permission.SEE_BALANCE, "people": Permission.SEE_PEOPLE,
        "approvals": Permission.APPROVE_REFUNDS, "rights": Permission.SEE_OWN_RIGHTS,
    }  # fmt: skip
    for path, permission in paths.items():
        expected = 200 if permission in GRANTED[role] else 404
        assert owner.get(f"/shops/{shop.id}/{path}").status_code == expected, path


def test_a_shop_is_handed_over_and_both_are_told(platform, shop, mails):
    owner, email = signed_in(platform, shop), make_person((shop.id, Role.CATALOGUE), name="Hera")
    heir, rights = sign_in(platform.web, CONSOLE, email), f"/shops/{shop.id}/rights"
    form = token(owner.get(rights).text)
    assert owner.post(f"/shops/{shop.id}/offers", {**form, "person_id": "x"}).status_code == 422
    offer = {**form, "person_id": str(person_of(email))}
    assert owner.post(f"/shops/{shop.id}/offers", offer).status_code == 303
    assert owner.post(f"/shops/{shop.id}/offers", offer).status_code == 409
    page = heir.get(rights).text
    assert "offers you this shop" in page
    back = re.search(r'action="([^"]+/end)"', owner.get(rights).text)[1]
    assert owner.post(back, form).status_code == 303
    owner.post(f"/shops/{shop.id}/offers", offer)
    page = heir.get(rights).text
    accept = re.search(r'action="([^"]+/accept)"', page)[1]
    assert heir.post(accept, token(page)).status_code == 303
    assert "Owner" in heir.get(rights).text
    assert "Administrator" in owner.get(rights).text
    assert heir.post(accept, token(page)).status_code == 409
    drain()
    kinds = [mail.message_id.split(".")[0] for mail in mails]
    assert kinds.count("shop-offered") == kinds.count("shop-offered-to-you") == 2
    assert kinds.count("shop-given") == kinds.count("shop-received") == 1
    assert kinds.count("shop-offer-ended") == 1


def test_the_last_owner_does_not_leave(platform, shop):
    owner, helper = signed_in(platform, shop), signed_in(platform, shop, Role.ORDERS)
    for client, status in ((owner, 409), (helper, 303)):
        form = token(client.get(f"/shops/{shop.id}/rights").text)
        assert client.post(f"/shops/{shop.id}/leave", form).status_code == status
    assert helper.get(f"/shops/{shop.id}/rights").status_code == 404


def test_alone_in_a_shop_the_platform_s_finance_decides(platform, shop_alone):
    shop, path = shop_alone
    owner = signed_in(platform, shop)
    ask(owner, path)
    assert "finance team decides" in owner.get(f"{path}/refund").text
    finance = sign_in_as(platform, "admin", (PLATFORM, Role.FINANCE))
    auditor = sign_in_as(platform, "admin", (PLATFORM, Role.AUDITOR))
    page = finance.get("/approvals").text
    approve = re.search(rf'action="(/approvals/{shop.id}/[^"]+/approve)"', page)[1]
    assert auditor.get("/approvals").status_code == 200
    assert auditor.post(approve, token(page)).status_code in {403, 404}
    second = make_person((shop.id, Role.ADMINISTRATOR))
    refused = finance.post(approve, token(page))
    assert refused.status_code == 409
    assert "Somebody else of this shop can decide" in refused.text
    sign_in_console = sign_in(platform.web, CONSOLE, second)
    form = token(sign_in_console.get(f"/shops/{shop.id}/rights").text)
    sign_in_console.post(f"/shops/{shop.id}/leave", form)
    assert finance.post(approve, token(page)).status_code == 303
    assert refunds_of(shop, path) == [(60_000, "succeeded")]


@pytest.fixture
def shop_alone(platform):
    shop = open_shop(f"alone-{secrets.token_hex(4)}", platform, stock=50)
    order_id = settling.buy(platform, shop, quantity=15)
    drain()
    return shop, f"/shops/{shop.id}/orders/{order_id}"


def test_an_auditor_opens_every_page_of_the_platform_and_changes_nothing(platform, shop):
    auditor = sign_in_as(platform, "admin", (PLATFORM, Role.AUDITOR))
    for path in ("/", f"/shops/{shop.id}", "/failures", "/books", "/approvals", "/people"):
        page = auditor.get(path)
        assert page.status_code == 200, path
        forms = re.findall(r'<form method="post" action="([^"]+)"', page.text)
        assert [form for form in forms if "sign-out" not in form] == [], path


def test_people_of_the_platform_are_invited_and_changed(platform, mails):
    admin = sign_in_as(platform, "admin", (PLATFORM, Role.ADMIN))
    email = make_person(has_app=True)
    form = token(admin.get("/people").text)
    assert admin.post("/invitations", {**form, "email": email, "role": "owner"}).status_code == 422
    assert (
        admin.post("/invitations", {**form, "email": email, "role": "auditor"}).status_code == 303
    )
    drain()
    _, path = link_in(mails, "invitation")
    market = sign_in(platform.web, BASE_DOMAIN, email)
    assert market.post(path, token(market.get(path).text)).status_code == 303
    person = person_of(email)
    assert admin.post(f"/people/{person}", {**form, "role": "moderator"}).status_code == 303
    moderator = take_over(market, platform.client(f"admin.{BASE_DOMAIN}"))
    assert moderator.get("/").status_code == 200
    assert moderator.get("/people").status_code == 404
    assert admin.post(f"/people/{person}/remove", form).status_code == 303
    assert moderator.get("/").status_code == 404


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("de", ("Jemanden einladen", "Ihre Rechte", "Rolle anlegen", "Nichts wartet")),
        ("fr", ("Inviter quelqu’un", "Vos droits", "Créer le rôle", "Rien n’attend")),
    ],
)
def test_the_pages_speak_german_and_french(platform, shop, language, words):
    owner = signed_in(platform, shop)
    pages = "".join(
        owner.get(f"/{language}/shops/{shop.id}/{path}").text
        for path in ("people", "rights", "roles", "approvals")
    )
    assert [each for each in words if each not in pages] == []
    for english in ("Invite somebody", "Your rights", "Make the role", "Nothing waits"):
        assert english not in pages


def member(shop, role, **more):
    email = make_person(has_app=True)
    with unit_of_work(directory_scope()) as unit:
        person_id = find_person_id(unit, email=email)
        grant_role(unit, person_id=person_id, shop_id=shop.id, role=role, **more)
    return email


def test_a_supplier_counts_their_own_pieces_and_sees_nothing_else(platform, shop):
    rows = (
        "Handle,Title,Vendor,Published,Option1 Name,Option1 Value,Variant Inventory Qty,"
        "Variant Price\n"
        "vase,Blue vase,Atelier Blau,true,Title,Default Title,3,40.00\n"
        "bowl,Red bowl,Atelier Rot,true,Title,Default Title,3,40.00\n"
    )
    with unit_of_work(shop.scope) as unit:
        file = parse_products(rows.encode(), currency="EUR")
        report = import_products(unit, file=file)
        set_stock(unit, location_id=ensure_location(unit, name="Workshop"), quantities=report.stock)
    email = member(shop, Role.SUPPLIER, supplies="atelier blau")
    supplier = sign_in(platform.web, CONSOLE, email)
    assert supplier.get("/").headers["Location"].endswith("/own-stock")
    path = f"/shops/{shop.id}/own-stock"
    page = supplier.get(path).text
    assert "Blue vase" in page
    assert "Red bowl" not in page
    assert "40.00" not in page, "prices are not the supplier's"
    for other in ("orders", "products", "balance", "people", "import", "approvals"):
        assert supplier.get(f"/shops/{shop.id}/{other}").status_code == 404, other
    owner = signed_in(platform, shop)
    bowl = re.search(r"/products/[0-9a-f-]+", owner.get(f"/shops/{shop.id}/products?q=bowl").text)[
        0
    ]
    foreign = re.search(r"stock-[0-9a-f-]+", owner.get(f"/shops/{shop.id}{bowl}").text)[0]
    own = re.search(r"stock-[0-9a-f-]+", page)[0]
    form = {**token(page), own: "9", foreign: "9"}
    assert supplier.post(path, form).status_code == 303
    assert "Saved." in supplier.get(path).text
    for typed in ("many", "1000001", "-1", "1.5", "", "٣"):
        refused = supplier.post(path, {**form, own: typed})
        assert refused.status_code == 422, typed
        assert "Nothing was saved yet" in refused.text
        assert "Saved." not in refused.text
        assert re.search(rf'name="{own}"[^>]*value="{typed}"', refused.text), "what was typed stays"
        assert f'aria-describedby="{own}-error"' in refused.text
    assert re.search(rf'name="{own}"[^>]*value="9"', supplier.get(path).text)
    untouched = owner.get(f"/shops/{shop.id}{bowl}").text
    assert re.search(rf'name="{foreign}"[^>]*value="3"', untouched)
    assert "/own-stock" not in owner.get(f"/shops/{shop.id}/products").text


def test_a_supplier_of_nothing_is_told_so(platform, shop):
    supplier = sign_in(platform.web, CONSOLE, member(shop, Role.SUPPLIER, supplies="Nobody"))
    assert "no pieces of Nobody" in supplier.get(f"/shops/{shop.id}/own-stock").text
    nothing = sign_in(platform.web, CONSOLE, member(shop, Role.SUPPLIER))
    assert "Nobody has said yet" in nothing.get(f"/shops/{shop.id}/own-stock").text


@pytest.mark.parametrize("path", ["invitations", "roles", "offers", "leave", "payouts"])
def test_rights_and_money_ask_for_a_proof_of_the_last_five_minutes(platform, shop, path):
    owner = signed_in(platform, shop)
    form = token(people_page(owner, shop))
    try:
        clock.move(timedelta(minutes=6))
        answer = owner.post(f"/shops/{shop.id}/{path}", {**form, "email": "x@example.com"})
        assert answer.status_code == 303
        assert "/prove?" in answer.headers["Location"]
    finally:
        clock.reset()
    assert "x@example.com" not in people_page(owner, shop)

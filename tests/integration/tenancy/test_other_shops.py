"""R8: every route of the consoles and the storefront with another shop's ids is a 404, like no id."""

import contextlib
import secrets
import urllib.error
import urllib.request
import uuid
from functools import cache

import pytest
from sqlalchemy import insert, select

from app import factory
from app.domains.accounts.approvals.operations import ask_approval
from app.domains.accounts.approvals.rules import ApprovalKind
from app.domains.accounts.invitations.operations import invite
from app.domains.accounts.memberships.custom_roles import make_role
from app.domains.accounts.memberships.rules import Grant
from app.domains.accounts.ownership.operations import offer_shop
from app.domains.accounts.ownership.queries import find_open_transfer
from app.domains.accounts.people.queries import find_person_id
from app.domains.accounts.rules import Role
from app.domains.accounts.tokens.operations import make_token
from app.domains.accounts.tokens.rules import SHOP_SCOPES
from app.domains.catalog.collections.operations import make_collection
from app.domains.catalog.collections.rules import CollectionWish
from app.domains.catalog.models import Product, Variant
from app.domains.customers.operations import Buyer, ensure_customer
from app.domains.fulfilment.correcting import ask_correction
from app.domains.fulfilment.models import Shipment
from app.domains.ledger.corrections.rules import CorrectionKind, CorrectionReason, CorrectionWish
from app.domains.orders.models import Order
from app.foundation.database import directory_scope
from app.foundation.identifiers import new_id
from app.foundation.money import Money
from app.foundation.unit_of_work import unit_of_work
from tests.conftest import BASE_DOMAIN, open_shop
from tests.functional import journey
from tests.functional.signing_in import make_person, sign_in_as


@pytest.fixture(scope="module")
def two_shops(platform):
    mine, other = (open_shop(f"r8-{secrets.token_hex(4)}", platform) for _ in range(2))
    tokens = [journey.check_out(platform.shop_client(shop.slug)) for shop in (mine, other)]
    return mine, other, tokens


def ids_of(shop):
    people = people_of(shop)
    with unit_of_work(shop.scope) as unit:
        order_id = unit.session.execute(select(Order.id).limit(1)).scalar_one()
        shipment_id = uuid.uuid4()
        unit.session.execute(
            insert(Shipment).values(
                id=shipment_id, order_id=order_id, carrier="DHL", tracking_number="",
                sent_by="test", sent_at=unit.now,
            )
        )  # fmt: skip
        approval_id = uuid.uuid4()
        ask_approval(
            unit, approval_id=approval_id, kind=ApprovalKind.REFUND, subject_id=order_id,
            amount=Money(60_000, "EUR"), wish={"reason": "other", "pieces": None},
            asked_by=uuid.uuid4(),
        )  # fmt: skip
        buyer = Buyer(uuid.uuid4(), name="Pat", email="pat@example.com", language="en")
        customer_id = ensure_customer(unit, buyer=buyer)
        return {
            **people,
            "shop_id": shop.id,
            "approval_id": approval_id,
            "correction_id": correction_of(unit),
            "collection_id": collection_of(unit),
            "customer_id": customer_id,
            "shipment_id": shipment_id,
            "product_id": unit.session.execute(select(Product.id).limit(1)).scalar_one(),
            "order_id": order_id,
            "variant_id": unit.session.execute(select(Variant.id).limit(1)).scalar_one(),
        }


def collection_of(unit):
    """Make a collection in the shop in scope; return the id."""
    collection_id = new_id()
    wish = CollectionWish(
        "", {"en": {"title": f"Of {collection_id}"}}, is_published=True, picture=None
    )
    make_collection(unit, collection_id=collection_id, wish=wish, main_language="en")
    return collection_id


def correction_of(unit):
    """Correct the books of the shop in scope by hand; return the id."""
    correction_id = new_id()
    wish = CorrectionWish(
        CorrectionKind.FEE_ADDED, Money(1, "EUR"), CorrectionReason.RECONCILIATION, "R8"
    )
    ask_correction(unit, correction_id=correction_id, wish=wish, asked_by=new_id())
    return correction_id


@cache
def people_of(shop):
    """Return ids of a shop's people, with a role, an invitation and an offer of its own."""
    owner, heir = (
        find_person(make_person((shop.id, role))) for role in (Role.OWNER, Role.CATALOGUE)
    )
    with unit_of_work(directory_scope()) as unit:
        return {
            "person_id": heir,
            "role_id": make_role(
                unit, shop_id=shop.id, name=f"Role {secrets.token_hex(4)}",
                permissions=["see_orders"], actor=owner,
            ),
            "invitation_id": invite(
                unit, shop_id=shop.id, email=f"{secrets.token_hex(6)}@example.com",
                grant=Grant(Role.ORDERS), language="en", actor=owner,
            ),
            "token_id": make_shop_key(unit, shop, owner)[0],
            "transfer_id": offer_of(unit, shop, owner, heir),
        }  # fmt: skip


def make_shop_key(unit, shop, person_id):
    """Make a key that opens all that keys may open of a shop; return its id and the key."""
    token_id = new_id()
    key = make_token(
        unit, token_id=token_id, person_id=person_id, shop_id=shop.id, name="All",
        scopes=SHOP_SCOPES, days=7, allowed=SHOP_SCOPES,
    )  # fmt: skip
    return token_id, key


def offer_of(unit, shop, owner, heir):
    found = find_open_transfer(unit, shop_id=shop.id)
    return found.id if found else offer_shop(
        unit, shop_id=shop.id, to_person=heir, actor=owner
    )  # fmt: skip


def find_person(email):
    with unit_of_work(directory_scope()) as unit:
        return find_person_id(unit, email=email)


def sign_in(platform, shop, role):
    return sign_in_as(platform, "console", (shop.id, role))


def console_routes(platform):
    app = factory.create_merchant_console(platform.configuration)
    return [
        (rule, method)
        for rule in app.url_map.iter_rules()
        for method in rule.methods & {"GET", "POST"}
        if "shop_id" in rule.arguments
    ]


def ask(client, rule, method, ids):
    path = rule.rule
    for name in rule.arguments:
        path = path.replace(f"<uuid:{name}>", str(ids[name]))
    if method == "GET":
        return client.get(path)
    page = client.get(f"/shops/{ids['shop_id']}/import").text
    token = (
        page.split('name="form_token" value="')[-1].split('"')[0] if "form_token" in page else ""
    )
    ids_of_form = {name: str(uuid.uuid4()) for name in ("parcel_id", "refund_id")}
    return client.post(path, {"form_token": token, "reason": "other", **ids_of_form})


def test_every_console_route_with_each_foreign_id_is_not_found(platform, two_shops):
    mine, other, _ = two_shops
    my_ids, other_ids = ids_of(mine), ids_of(other)
    client = sign_in(platform, mine, Role.OWNER)
    routes = console_routes(platform)
    assert len(routes) >= 9
    checked = 0
    for rule, method in routes:
        for name in rule.arguments:
            foreign = ask(client, rule, method, {**my_ids, name: other_ids[name]})
            nobody = ask(client, rule, method, {**my_ids, name: uuid.uuid4()})
            assert foreign.status_code == nobody.status_code, (rule.rule, method, name)
            assert foreign.status_code in {403, 404}, (rule.rule, method, name, foreign.status_code)
            if method == "GET":
                assert foreign.status_code == 404
            assert other.name not in foreign.text
            checked += 1
    assert checked >= 12


def test_own_ids_are_found(platform, two_shops):
    """The control: the same requests with one's own ids are answered."""
    mine, _, _ = two_shops
    client, ids = sign_in(platform, mine, Role.OWNER), ids_of(mine)
    for rule, method in console_routes(platform):
        if method == "GET" and "payouts" not in rule.rule:
            assert ask(client, rule, "GET", ids).status_code in {200, 303}, rule.rule


def test_staff_does_not_see_the_money(platform, two_shops):
    mine, _, _ = two_shops
    client = sign_in(platform, mine, Role.ORDERS)
    assert client.get(f"/shops/{mine.id}/orders").status_code == 200
    assert client.get(f"/shops/{mine.id}/balance").status_code == 404


def test_nobody_sees_nothing(platform, two_shops):
    mine, _, _ = two_shops
    client = platform.client(f"console.{BASE_DOMAIN}")
    for rule, method in console_routes(platform):
        assert ask(client, rule, method, ids_of(mine)).status_code == 303
    assert platform.client(f"admin.{BASE_DOMAIN}").get("/failures").status_code == 303
    merchant = sign_in(platform, mine, Role.OWNER)
    merchant.host = f"admin.{BASE_DOMAIN}"
    assert merchant.get("/failures").status_code in {303, 404}


def test_another_shops_order_variant_and_picture_are_not_found(platform, two_shops):
    mine, other, (_, other_token) = two_shops
    client = platform.shop_client(mine.slug)
    for path in (
        f"/en/orders/{other_token}",
        f"/en/orders/{other_token}/pay",
        f"/en/orders/{other_token}/return",
    ):
        assert client.get(path).status_code == 404
    variant = ids_of(other)["variant_id"]
    assert (
        client.post("/en/cart/lines", {"variant_id": str(variant), "quantity": "1"}).status_code
        == 409
    )
    assert client.get(f"/en/media/{'0' * 32}-640.webp").status_code == 404


def test_an_unknown_host_is_not_found(platform):
    for host in ("nobody.galleria.test", "example.com", "a.b.galleria.test", ""):
        assert platform.client(host or "x").get("/").status_code == 404


def test_writes_from_another_site_are_refused(platform, shop):
    client = platform.shop_client(shop.slug)
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}):
        assert (
            client.post("/en/cart/lines", {"variant_id": "x"}, headers=headers).status_code == 403
        )


def test_a_suspended_shop_answers_503_and_comes_back(platform, shop):
    from tenants.operations import open_shop as resume
    from tenants.operations import suspend_shop

    client = platform.shop_client(shop.slug)
    with unit_of_work(directory_scope()) as unit:
        suspend_shop(unit, shop_id=shop.id, actor="test", reason="a test")
    platform.web._shops.forget()
    answer = client.get("/en/")
    assert answer.status_code == 503
    assert "closed for now" in answer.text
    assert int(answer.headers["Retry-After"]) > 0
    assert "mailto:shop@example.com" in answer.text, "buyers with an order know whom to ask"
    assert 'hreflang="fr"' in answer.text
    assert "fermée" in client.get("/fr/products/elder-ring").text
    with unit_of_work(directory_scope()) as unit:
        resume(unit, shop_id=shop.id, actor="test")
    platform.web._shops.forget()
    assert client.get("/en/").status_code == 200


def test_the_owner_sets_up_payouts_at_stripe_and_comes_back(platform, shop):
    """The form leads to Stripe's page, which the console's own policy must allow (form-action)."""
    client = sign_in(platform, shop, Role.OWNER)
    page = client.get(f"/shops/{shop.id}/balance")
    assert (
        platform.stripe.url
        in page.headers["Content-Security-Policy"].split("form-action")[1].split(";")[0]
    )
    token = page.text.split('name="form_token" value="')[1].split('"')[0]
    answer = client.post(f"/shops/{shop.id}/payouts", {"form_token": token})
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith(platform.stripe.url)
    assert "Finish setting up payouts" in client.get(f"/shops/{shop.id}/balance").text
    request = urllib.request.Request(answer.headers["Location"], data=b"approve=1", method="POST")
    with contextlib.suppress(urllib.error.URLError):
        urllib.request.urlopen(request, timeout=5)
    assert client.get(f"/shops/{shop.id}/payouts/return").status_code == 303
    assert "Payouts are set up" in client.get(f"/shops/{shop.id}/balance").text

"""A shop's people see the shop's own customers, and nobody else's; every look is in the log."""

import secrets

from sqlalchemy import select

from app.domains.accounts.rules import Role
from app.foundation.models import AuditRow
from app.foundation.unit_of_work import unit_of_work
from tests.conftest import open_shop
from tests.functional import people
from tests.functional.signing_in import sign_in_as


def customer_of(platform, shop, name):
    person_id, email = people.make_person()
    order_id, _ = people.order_as(platform, shop, person_id, email=email, name=name)
    return email, order_id


def actions(shop):
    with unit_of_work(shop.scope) as unit:
        rows = unit.session.execute(select(AuditRow.action, AuditRow.kind))
        return {(row.action, row.kind) for row in rows}


def test_own_customers_with_what_they_bought_here(platform, shop):
    neighbour = open_shop(f"next-{secrets.token_hex(4)}", platform)
    email, _ = customer_of(platform, shop, "Ada Lovelace")
    other_email, _ = customer_of(platform, neighbour, "Somebody Else")
    support = sign_in_as(platform, "console", (shop.id, Role.SUPPORT))
    base = f"/shops/{shop.id}/customers"
    page = support.get(base).text
    assert "Ada Lovelace" in page
    assert email in page
    assert other_email not in page
    assert email in support.get(f"{base}?q={email.upper()}").text
    assert "Nobody ordered here" in support.get(f"{base}?q={other_email}").text
    detail = support.get(page.split(f'href="{base}/')[1].split('"')[0].join([f"{base}/", ""]))
    assert detail.status_code == 200
    assert "89.40" in detail.text
    assert "Wants no news from this shop" in detail.text
    assert {("see_customers", "access"), ("see_customer", "access")} <= actions(shop)


def test_who_may_not_see_customers_finds_nothing(platform, shop):
    catalogue = sign_in_as(platform, "console", (shop.id, Role.CATALOGUE))
    assert catalogue.get(f"/shops/{shop.id}/customers").status_code == 404
    assert "Customers" not in catalogue.get(f"/shops/{shop.id}/products").text


def test_a_shop_without_customers_says_who_becomes_one(platform, shop):
    owner = sign_in_as(platform, "console", (shop.id, Role.OWNER))
    page = owner.get(f"/shops/{shop.id}/customers")
    assert "Whoever orders with an account becomes one" in page.text
    for bad in ("page=-1", "page=x", "q=%00", "q=" + "x" * 3000):
        assert owner.get(f"/shops/{shop.id}/customers?{bad}").status_code == 200

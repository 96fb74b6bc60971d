"""The people of a shop: what they may do, and what takes two of them."""

import re
import secrets

import pytest

from app.domains.accounts.rules import Role
from app.domains.payments.refunds.queries import list_refunds
from app.foundation.identifiers import new_id
from app.foundation.unit_of_work import unit_of_work
from tests.conftest import drain, open_shop
from tests.functional import settling
from tests.functional.signing_in import sign_in_as


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


def test_a_large_refund_takes_two_people(platform, house, path):
    first, second = signed_in(platform, house), signed_in(platform, house)
    answer = ask(first, path)
    assert answer.status_code == 303
    assert "waits for a second person" in first.get(f"{path}/refund").text
    assert refunds_of(house, path) == []
    mine = first.get(f"/shops/{house.id}/approvals").text
    assert "You asked for this" in mine
    page = second.get(f"/shops/{house.id}/approvals").text
    approve = re.search(r'action="([^"]+/approve)"', page)[1]
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
    staff = signed_in(platform, house, Role.STAFF)
    assert staff.get(f"/shops/{house.id}/approvals").status_code == 404
    assert "/approvals" not in staff.get(f"/shops/{house.id}/orders").text

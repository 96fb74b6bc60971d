"""The platform's page of a shop: what it is and how it does comes before what may be done to it."""

import re

from app.domains.accounts.permissions import GRANTED, Permission
from app.domains.accounts.rules import PLATFORM, Role
from tests.conftest import drain
from tests.functional import settling
from tests.functional.signing_in import sign_in_as


def figures(page):
    """Return what the page says in figures, by their names."""
    return dict(re.findall(r"<dt>([^<]+)</dt><dd>([^<]+)</dd>", page))


def test_a_shops_page_begins_with_the_shop(platform, shop):
    order = settling.buy(platform, shop, quantity=2)
    settling.buy(platform, shop, quantity=1)
    settling.send(shop, order)
    drain()
    admin = sign_in_as(platform, "admin", (PLATFORM, Role.ADMIN))
    page = admin.get(f"/shops/{shop.id}").text
    assert figures(page) == {
        "Sold in 30 days": "€263.30", "Orders in 30 days": "2", "Waiting to be sent": "1",
        "Products": "3", "Earned and held": "€199.15", "Ready to be paid out": "€0.00",
        "Paid out": "€0.00", "Owed to us": "€0.00",
    }  # fmt: skip
    assert "Germany · EUR · English · open since" in page
    assert "Payouts are not set up" in page
    places = [page.index(words) for words in ("Sold in", "Newest orders", "Why is it closed")]
    assert places == sorted(places)
    assert f'href="/log?shop={shop.slug}"' in page
    token = re.search(r'name="form_token" value="([^"]+)"', page)[1]
    form = {"form_token": token, "reason": "a check of the books"}
    assert admin.post(f"/shops/{shop.id}/suspend", form).status_code == 303
    closed = admin.get(f"/shops/{shop.id}").text
    assert "Why: a check of the books" in closed
    assert closed.index("closed for now") < closed.index("Sold in")
    assert admin.post(f"/shops/{shop.id}/resume", form).status_code == 303


def test_whoever_may_not_see_the_books_sees_no_balance(platform, shop):
    looking = {role: rights for role, rights in GRANTED.items() if Permission.SEE_SHOPS in rights}
    without = next(role for role in looking if Permission.SEE_BOOKS not in looking[role])
    for role in (Role.FINANCE, without):
        rights = looking[role]
        page = sign_in_as(platform, "admin", (PLATFORM, role)).get(f"/shops/{shop.id}").text
        assert ("Earned and held" in page) == (Permission.SEE_BOOKS in rights), role
        assert ("Correct the books" in page) == (Permission.POST_JOURNALS in rights), role

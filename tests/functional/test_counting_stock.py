"""A product's counts on the console: all of them are kept, or none, and which was refused is said."""

import re

import pytest

from app.domains.accounts.rules import Role
from tests.functional.signing_in import sign_in_as


@pytest.fixture
def ring(platform, shop):
    """The owner, and the page of a product with two variants."""
    owner = sign_in_as(platform, "console", (shop.id, Role.OWNER))
    found = re.search(
        r"/products/[0-9a-f-]{36}", owner.get(f"/shops/{shop.id}/products?q=elder").text
    )
    return owner, f"/shops/{shop.id}{found[0]}"


def counts_on(page):
    pairs = re.findall(r'<input[^>]*name="(stock-[^"]+)"[^>]*value="([^"]*)"', page)
    token = re.search(r'name="form_token" value="([^"]+)"', page)[1]
    return dict(pairs), {"form_token": token}


def test_one_refused_count_saves_nothing_and_keeps_all_that_was_typed(ring):
    owner, path = ring
    before, form = counts_on(owner.get(path).text)
    good, bad = before
    answer = owner.post(path, {**form, good: "7", bad: "a dozen"})
    assert answer.status_code == 422
    assert "one count below is not a number" in answer.text
    assert counts_on(answer.text)[0] == {good: "7", bad: "a dozen"}
    assert answer.text.count('aria-invalid="true"') == 1
    assert re.search(r'name="is_published"[^>]*checked', answer.text) is None, "as it was sent"
    assert counts_on(owner.get(path).text)[0] == before
    assert re.search(r'name="is_published"[^>]*checked', owner.get(path).text), "not saved either"


def test_good_counts_are_saved_and_a_field_that_is_not_sent_stays(ring):
    owner, path = ring
    before, form = counts_on(owner.get(path).text)
    first, second = before
    answer = owner.post(path, {**form, "is_published": "1", first: " 12 "})
    assert answer.status_code == 303
    page = owner.get(path).text
    assert "Saved." in page
    assert counts_on(page)[0] == {first: "12", second: before[second]}

"""An imprint in its country's form, and what the law wants that is not there."""

import json
from dataclasses import replace

import pytest

from app.domains.content.rules.imprint import (
    NEEDED,
    Imprint,
    check_imprint,
    clean_imprint,
    list_missing,
)
from tests.unit.domains.content.test_texts import CONTENT

WHOLE = Imprint(
    legal_name="Ada Brandt", street="Burgstraße 1", postal_code="09599", city="Freiberg",
    country="DE", email="ada@brandt.example", phone="+49 3731 555010",
)  # fmt: skip


@pytest.mark.parametrize(
    "content", sorted(CONTENT.glob("*/shop.json")), ids=lambda each: each.parent.name
)
def test_the_demo_shops_have_whole_imprints(content):
    facts = json.loads(content.read_text())
    imprint = clean_imprint(facts["imprint"] | {"email": facts["email"]})
    assert check_imprint(imprint) == (imprint, {})
    assert list_missing(imprint) == []
    assert len(imprint.address) == 2


def test_what_is_missing_is_named_and_allowed():
    assert list_missing(Imprint()) == list(NEEDED)
    assert check_imprint(Imprint()) == (Imprint(), {})
    assert list_missing(WHOLE) == []
    assert Imprint(country="DE", email="a@b.example").is_empty


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("postal_code", "1"), ("postal_code", ""), ("country", "XX"), ("email", "ada@"),
        ("phone", "call me"), ("phone", "12"), ("phone", "+49 12; drop"), ("vat_id", "DE12"),
        ("vat_id", "123456789"), ("vat_id", "FR1234"), ("legal_name", "x" * 201),
        ("further", "x" * 4001), ("city", "x" * 201),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_at_its_field(field, wrong):
    assert list(check_imprint(replace(WHOLE, **{field: wrong}))[1]) == [field]


@pytest.mark.parametrize(
    "right",
    [{"vat_id": "ATU12345678", "country": "AT", "postal_code": "1010", "city": "Wien"},
     {"vat_id": "FR40303265045"}, {"vat_id": "NL123456789B01"}, {"vat_id": "CHE123456789"},
     {"phone": "03731 / 55 50-10"}, {"country": "IT", "postal_code": "00144", "city": "Roma"}],
)  # fmt: skip
def test_what_is_right_in_its_country_is_kept(right):
    assert check_imprint(replace(WHOLE, **right))[1] == {}


def test_what_is_typed_is_put_on_one_line():
    typed = {
        "legal_name": " Ada\n Brandt\u200b ",
        "vat_id": "de 123-456.789",
        "further": "a\r\n\n\n\nb ",
    }
    kept = clean_imprint(typed)
    assert (kept.legal_name, kept.vat_id, kept.further) == ("Ada Brandt", "DE123456789", "a\n\nb")


def test_addresses_are_written_as_their_country_writes_them():
    assert WHOLE.address == ["Burgstraße 1", "09599 Freiberg"]
    assert replace(WHOLE, country="").address == ["Burgstraße 1", "09599 Freiberg"]
    assert Imprint(country="DE").address == []
    assert WHOLE.phone_target == "+493731555010"

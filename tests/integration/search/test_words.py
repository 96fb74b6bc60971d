"""What a person types into the search: every letter there is, as PostgreSQL reads it."""

import re

from sqlalchemy import text

from app.domains.search.queries import Wanted, find_cards, split_words
from app.foundation.unit_of_work import unit_of_work

SURROGATES = range(0xD800, 0xE000)
LETTERS = [
    chr(code)
    for code in range(1, 0x110000)
    if code not in SURROGATES and re.fullmatch(r"\w", chr(code))
]


def test_no_letter_that_stays_becomes_a_sign(shop):
    """unaccent writes some letters with signs that mean something in a query."""
    kept = [letter for letter in LETTERS if split_words(letter)]
    assert len(kept) > 130_000
    with unit_of_work(shop.scope) as unit:
        written = unit.session.execute(
            text("SELECT unaccent(letter) FROM unnest(CAST(:letters AS text[])) letter"),
            {"letters": kept},
        ).scalars()
        assert [each for each in written if not re.fullmatch(r"\w+", each)] == []


def test_signs_in_a_search_are_spaces(shop):
    with unit_of_work(shop.scope) as unit:
        for words in ("0¼", "½ ring", "ŉ", "ʼ", "(1)", "⑴", "a:* & !b", "'", "\\"):
            find_cards(unit, wanted=Wanted(words=words), currency="EUR", language="en")
    assert split_words("¼ Silberring, 2 cm") == ["Silberring", "2", "cm"]

"""How keys for programs look: what is a key, and what only looks like one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domains.accounts.tokens.rules import (
    ALPHABET,
    LIVES,
    RANDOM_LETTERS,
    is_key,
    life,
    tell_scope,
    write_secret,
)

LETTERS = st.text(st.sampled_from(ALPHABET), min_size=RANDOM_LETTERS, max_size=RANDOM_LETTERS)


@given(LETTERS)
def test_a_key_is_a_key(letters):
    assert is_key(write_secret(letters))


@given(LETTERS, st.integers(4, 49), st.sampled_from(ALPHABET))
def test_one_wrong_letter_is_seen(letters, place, letter):
    key = write_secret(letters)
    wrong = key[:place] + letter + key[place + 1 :]
    assert is_key(wrong) == (wrong == key)


@given(st.text(max_size=60))
def test_other_texts_are_none(text):
    assert not is_key(text)


def test_a_life_that_is_not_offered():
    assert max(LIVES) == 365
    with pytest.raises(ValueError, match="366"):
        life(366)


def test_every_scope_has_its_sentence(platform):
    from app.domains.accounts.tokens.rules import SHOP_SCOPES, OwnScope

    assert all(tell_scope(scope).endswith(".") for scope in (*OwnScope, *SHOP_SCOPES))

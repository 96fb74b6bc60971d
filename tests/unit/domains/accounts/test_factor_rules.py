"""Rules about passwords, codes and networks."""

import pytest

from app.domains.accounts.factors import errors
from app.domains.accounts.factors.operations.passwords import (
    NOBODYS_HASH,
    hash_password,
    matches,
    needs_new_hash,
)
from app.domains.accounts.factors.rules import (
    check_password,
    common_passwords,
    is_common,
    network_of,
    normalise_code,
    normalise_password,
)

WORDS = ("ada.lovelace@example.com", "Ada Lovelace")


def refusal(password, *, second=False):
    try:
        check_password(password, words=WORDS, has_second_factor=second)
    except errors.PasswordRefusedError as error:
        return type(error)
    return None


@pytest.mark.parametrize(
    ("password", "second", "expected"),
    [
        ("vWq7Lpz", True, errors.PasswordTooShortError),
        ("vWq7Lpz2", True, None),
        ("vWq7Lpz2", False, errors.PasswordTooShortError),
        ("fourteen signs", False, errors.PasswordTooShortError),
        ("fifteen signs !", False, None),
        ("ünïcödé wörds ✓", False, None),
        ("x1" * 400 + "end of a long one", False, None),
        ("never ending " * 100, False, errors.PasswordTooLongError),
        ("iloveyou", True, errors.PasswordCommonError),
        ("ILOVEYOU", True, errors.PasswordCommonError),
        ("princess2026!", True, errors.PasswordCommonError),
        ("aaaaaaaaaaaaaaa", False, errors.PasswordCommonError),
        ("abababababababab", False, errors.PasswordCommonError),
        ("passwordpassword", False, errors.PasswordCommonError),
        ("123456789012345", False, errors.PasswordCommonError),
        ("abcdefghijklmnop", False, errors.PasswordCommonError),
        ("galleria-2026", True, errors.PasswordNamesYouError),
        ("AdaLovelace1815", False, errors.PasswordNamesYouError),
        ("ada.lovelace@example.com", False, errors.PasswordNamesYouError),
        ("galleria of quiet harbours", False, None),
    ],
)
def test_which_passwords_are_taken(password, second, expected):
    assert refusal(password, second=second) is expected


def test_no_composition_is_asked_for():
    assert refusal("plain words in a row") is None
    assert refusal("                but spaces count") is None


def test_the_list_is_long_enough():
    usable = [password for password in common_passwords() if len(password) >= 8]
    assert len(usable) >= 10_000, "ASVS 6.2.4 asks for 3,000 that would pass the other rules"
    assert all(is_common(password) for password in usable)


def test_the_same_sign_typed_elsewhere_is_the_same_password():
    composed, apart = "caf\u00e9 au lait, merci", "cafe\u0301 au lait, merci"
    assert composed != apart
    assert normalise_password(composed) == normalise_password(apart)
    stored = hash_password(composed)
    assert matches(stored, apart)
    assert not matches(stored, apart.upper())
    assert not matches(stored, composed + " ")


def test_a_hash_is_argon2id_and_a_weaker_one_is_renewed():
    stored = hash_password("fifteen signs !")
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert not needs_new_hash(stored)
    assert needs_new_hash(stored.replace("t=3", "t=2"))
    assert not matches("not a hash", "fifteen signs !")
    assert not matches(stored, "x" * 5000)
    assert not matches(stored, "\udcff\x00")


def test_nobodys_hash_costs_what_a_real_one_costs():
    real = hash_password("fifteen signs !")
    assert NOBODYS_HASH.split("$")[:4] == real.split("$")[:4]
    assert len(NOBODYS_HASH) == len(real)
    assert not needs_new_hash(NOBODYS_HASH)
    assert not matches(NOBODYS_HASH, "")


@pytest.mark.parametrize(
    ("typed", "expected"),
    [("123 456", "123456"), ("ABCD-efgh-2345", "abcdefgh2345"), ("  ", ""), ("\x00'", "")],
)
def test_codes_are_compared_without_ornaments(typed, expected):
    assert normalise_code(typed) == expected


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1::/48"),
        ("unknown", "unknown"),
        ("", ""),
    ],
)
def test_the_network_of_an_address(address, expected):
    assert network_of(address) == expected

"""Amounts as people and files write them."""

import pytest

from app.foundation.money import AmountError, Money, parse_money


@pytest.mark.parametrize(
    ("text", "amount"), [("42.99", 4299), (" 7 ", 700), ("0", 0), (".5", 50), ("5.", 500)]
)
def test_plain_decimals_are_read(text, amount):
    assert parse_money(text, "EUR") == Money(amount, "EUR")


@pytest.mark.parametrize(
    "text",
    ["", "-1", "+1", "1e3", "1_0", "\uff19", "\u0669", "NaN", "Infinity", "1.555", "1,5", "0x1",
     "9" * 30, "9" * 5000, "1 2", "."],
)  # fmt: skip
def test_anything_else_is_refused(text):
    with pytest.raises(AmountError):
        parse_money(text, "EUR")

"""Money: an integer of minor units with its currency, and the ways to split it without loss."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from babel.numbers import get_currency_precision

LARGEST_AMOUNT = 99_999_999_99
"""The largest amount we accept anywhere, in minor units: Stripe's own limit of twelve digits, less two."""


class CurrencyMismatchError(ValueError):
    """Two amounts of different currencies were put together."""


class AmountError(ValueError):
    """A text is not an amount of money in that currency."""


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount in minor units (cents, öre; yen have none) of a currency (ISO 4217)."""

    amount: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.amount) is not int:
            raise TypeError("Money counts whole minor units")

    def __add__(self, other: "Money") -> "Money":
        return Money(self.amount + self._same(other).amount, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.amount - self._same(other).amount, self.currency)

    def __mul__(self, times: int) -> "Money":
        return Money(self.amount * times, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.amount, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.amount < self._same(other).amount

    def __le__(self, other: "Money") -> bool:
        return self.amount <= self._same(other).amount

    def __bool__(self) -> bool:
        return self.amount != 0

    def _same(self, other: "Money") -> "Money":
        if other.currency != self.currency:
            raise CurrencyMismatchError(f"{self.currency} is not {other.currency}")
        return other

    def portion(self, rate: Decimal) -> "Money":
        """Return `rate` of this amount, rounded half to even to a whole minor unit."""
        return Money(int((self.amount * rate).quantize(Decimal(1), ROUND_HALF_EVEN)), self.currency)

    def included(self, rate: Decimal) -> "Money":
        """Return the tax at `rate` that this amount already contains."""
        return self.portion(rate / (1 + rate))

    def split(self, weights: Sequence[int]) -> list["Money"]:
        """Split by `weights`; the parts always add up (largest remainder, earlier parts first)."""
        return [Money(part, self.currency) for part in split_amount(self.amount, weights)]

    def to_decimal(self) -> Decimal:
        """Return the amount in major units, for display and for files."""
        return Decimal(self.amount).scaleb(-minor_digits(self.currency))


def total(amounts: Iterable[Money], currency: str) -> Money:
    """Add up `amounts`, all in `currency`; zero where there is none."""
    return sum(amounts, Money(0, currency))


_PLAIN_DECIMAL = re.compile(r"[0-9]{1,20}(\.[0-9]{0,20})?|\.[0-9]{1,20}")


def minor_digits(currency: str) -> int:
    """Return how many decimal digits the currency's minor unit has (EUR 2, JPY 0, KWD 3)."""
    return int(get_currency_precision(currency))


def parse_money(text: str, currency: str) -> Money:
    """Read a plain decimal such as `42.99`.

    Raises AmountError for anything that is not written so (`1e3` and other scripts' digits are
    not), is negative, has more digits than the currency, or is larger than LARGEST_AMOUNT.
    """
    if not _PLAIN_DECIMAL.fullmatch(text.strip()):
        raise AmountError(text)
    value = Decimal(text.strip())
    minor = value.scaleb(minor_digits(currency))
    if minor != minor.to_integral_value() or minor > LARGEST_AMOUNT:
        raise AmountError(text)
    return Money(int(minor), currency)


def split_amount(amount: int, weights: Sequence[int]) -> list[int]:
    """Split whole minor units by non-negative weights, by largest remainder; nothing is lost.

    Where all weights are zero, the first part takes all. Raises ValueError without weights.
    """
    if not weights or min(weights) < 0:
        raise ValueError("splitting needs weights that are not negative")
    whole = sum(weights)
    if whole == 0:
        return [amount, *([0] * (len(weights) - 1))]
    sign, rest = (1, amount) if amount >= 0 else (-1, -amount)
    parts = [rest * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(rest * weights[i] % whole), i))
    for i in by_remainder[: rest - sum(parts)]:
        parts[i] += 1
    return [sign * part for part in parts]

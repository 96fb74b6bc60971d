"""How many declined cards are an accident, and from when on a challenge is asked (security.md, 17)."""

from dataclasses import dataclass
from datetime import timedelta
from math import ceil

WINDOW = timedelta(hours=1)
"""How long a declined card and a payment that was begun are counted."""
KEPT = timedelta(hours=2)
"""When they are removed: a payment may be declined until it is given up, an hour after its start."""
FREE_DECLINES = 2
"""Declined cards of one payment, from which on it ends and its order's next one asks."""
MOST_OF_BASKET = 10
"""Payments of one basket in the window."""


@dataclass(frozen=True, slots=True)
class FreeDeclines:
    """Declined cards in the window from which on every new payment asks for a challenge."""

    address: int = 2
    network: int = 20
    everyone: int = 500

    def times(self, factor: float) -> "FreeDeclines":
        """Return them multiplied, as load tests do with every limit."""
        return FreeDeclines(
            ceil(self.address * factor), ceil(self.network * factor), ceil(self.everyone * factor)
        )


def is_worn_out(declines: int) -> bool:
    """Whether a payment has met so many declined cards that its secret at the provider must end."""
    return declines >= FREE_DECLINES

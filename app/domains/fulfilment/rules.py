"""Pure rules about goods on their way and the release of their money."""

from collections.abc import Iterable
from datetime import datetime, timedelta

UNDO_FOR = timedelta(minutes=5)
"""How long the merchant may take a shipment back; then the buyer is told."""

PRESUMED_DELIVERY = timedelta(days=5)
"""When a parcel is taken as delivered, as long as no carrier tells us."""

RETURN_WINDOW = timedelta(days=14)
"""How long the buyer may withdraw (Directive 2011/83/EU, Article 9); the same for every shop."""

LONGEST_TEXT = 60


def delivered_at(last_sent_at: datetime) -> datetime:
    """Return when an order whose last parcel left then is taken as delivered."""
    return last_sent_at + PRESUMED_DELIVERY


def released_at(last_sent_at: datetime) -> datetime:
    """Return when the seller's share of an order is released: delivered, and the window over."""
    return delivered_at(last_sent_at) + RETURN_WINDOW


def count_left(sold: dict[int, int], taken: Iterable[dict[int, int]]) -> dict[int, int]:
    """Return what is left of each line after what was taken of it."""
    left = dict(sold)
    for pieces in taken:
        for line, quantity in pieces.items():
            left[line] = left.get(line, 0) - quantity
    return left


def is_within(wanted: dict[int, int], left: dict[int, int]) -> bool:
    """Whether something is wanted, and of each line no more than is left."""
    return bool(wanted) and all(
        0 < quantity <= left.get(line, 0) for line, quantity in wanted.items()
    )

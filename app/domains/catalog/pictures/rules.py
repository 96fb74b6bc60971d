"""How many pictures, and how long what is said of them."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

MOST_PICTURES = 30
"""Of one product."""
LONGEST_ALT = 300
KEPT_AFTER_REMOVAL = timedelta(days=30)
"""So long a removed picture can be put back."""


class Move(StrEnum):
    """Where a picture goes in its product's order."""

    FIRST = "first"
    UP = "up"
    DOWN = "down"


def moved(order: Sequence[UUID], media_id: UUID, move: Move) -> list[UUID]:
    """Return the order after one picture has moved; at its end nothing changes."""
    place = order.index(media_id)
    target = {Move.FIRST: 0, Move.UP: max(place - 1, 0), Move.DOWN: place + 1}[move]
    return placed(order, media_id, target)


def placed(order: Sequence[UUID], media_id: UUID, place: int) -> list[UUID]:
    """Return the order with a picture at a place, counted from 0; behind all where it is too far."""
    rest = [each for each in order if each != media_id]
    target = max(0, min(place, len(rest)))
    return [*rest[:target], media_id, *rest[target:]]


def clean_alts(told: Mapping[str, str]) -> dict[str, str]:
    """Return what a picture shows by language: one line each, empty ones left out."""
    lines = {language: " ".join(text.split())[:LONGEST_ALT] for language, text in told.items()}
    return {language: line for language, line in lines.items() if line}

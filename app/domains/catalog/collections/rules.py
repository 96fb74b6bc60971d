"""What a collection may be called, and how many there are."""

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

MOST_COLLECTIONS = 100
MOST_PRODUCTS = 500
"""In one collection that is made by hand."""
LONGEST_TITLE = 80
LONGEST_DESCRIPTION = 1000
LONGEST_HANDLE = 80
KEPT_AFTER_DELETION = timedelta(days=30)
"""So long a deleted collection can be brought back."""
RESERVED = frozenset({"all"})
"""Addresses that pages of the shop's own have."""
_HANDLE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_SPELT = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d"})


@dataclass(frozen=True, slots=True)
class CollectionWish:
    """What a merchant wants a collection to be."""

    handle: str
    """The last part of its address; empty where the title shall make it."""
    texts: dict[str, dict[str, str]]
    """Title and description by language."""
    is_published: bool
    picture: dict[str, Any] | None


def is_handle(text: str) -> bool:
    """Whether a text can be the last part of an address."""
    return (
        len(text) <= LONGEST_HANDLE and _HANDLE.fullmatch(text) is not None and text not in RESERVED
    )


def handle_of(title: str, taken: Collection[str]) -> str:
    """Return an address made of a title that no other has; a number where letters say nothing."""
    plain = unicodedata.normalize("NFKD", title.lower().translate(_SPELT))
    words = re.findall(r"[a-z0-9]+", "".join(c for c in plain if not unicodedata.combining(c)))
    stem = "-".join(words)[: LONGEST_HANDLE - 5].strip("-") or "collection"
    number, handle = 1, stem
    while handle in taken or not is_handle(handle):
        number += 1
        handle = f"{stem}-{number}"
    return handle


def clean_texts(texts: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    """Return texts by language without what is empty."""
    clean = {}
    for language, told in texts.items():
        title = " ".join(told.get("title", "").split())
        description = told.get("description", "").strip()
        kept = {"title": title, "description": description}
        if any(kept.values()):
            clean[language] = {name: text for name, text in kept.items() if text}
    return clean


def shifted(order: Sequence[UUID], one: UUID, act: str) -> list[UUID]:
    """Return the order after `one` went up, down or first; at the ends nothing changes."""
    place = order.index(one)
    target = {"up": max(place - 1, 0), "down": place + 1, "first": 0}[act]
    rest = [each for each in order if each != one]
    return [*rest[:target], one, *rest[target:]]


MOVES = ("up", "down", "first")

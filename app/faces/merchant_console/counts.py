"""Counts of pieces as a form brings them: what is a number, and what is refused as it was typed."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from flask import request

MOST_STOCK, LONGEST_COUNT = 1_000_000, 9


@dataclass(frozen=True, slots=True)
class TypedCounts:
    """The counts of one form, by variant; a field that was not sent stands in neither."""

    taken: dict[UUID, int]
    typed: dict[UUID, str]
    """Everything that was typed, so that a page can show it again."""

    @property
    def refused(self) -> set[UUID]:
        """Return the variants whose count is none."""
        return set(self.typed) - set(self.taken)


def read_counts(variant_ids: Iterable[UUID]) -> TypedCounts:
    """Read the fields `stock-<variant>` of this form."""
    typed = {
        variant_id: request.form[f"stock-{variant_id}"]
        for variant_id in variant_ids
        if f"stock-{variant_id}" in request.form
    }
    read = {variant_id: read_count(text.strip()) for variant_id, text in typed.items()}
    return TypedCounts({key: count for key, count in read.items() if count is not None}, typed)


def read_count(text: str) -> int | None:
    """Return the number of pieces that a field says, None where it says none."""
    if not text.isascii() or not text.isdigit():
        return None
    return int(text) if len(text) <= LONGEST_COUNT and int(text) <= MOST_STOCK else None

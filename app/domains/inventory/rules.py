"""Pure rules about stock."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

HOLD_TIME = timedelta(minutes=15)
"""How long a checkout keeps its pieces (FR-013)."""
LONGEST_HOLD = 2 * HOLD_TIME
"""The same where the payment provider did not answer: extended once (states.md 6, "Gateway down")."""


@dataclass(frozen=True, slots=True)
class StockLevel:
    """What lies at one location of one variant."""

    location_id: UUID
    variant_id: UUID
    on_hand: int
    held: int
    backorder_limit: int

    @property
    def free(self) -> int:
        """How many may still be promised."""
        return max(self.on_hand - self.held + self.backorder_limit, 0)


@dataclass(frozen=True, slots=True)
class Promise:
    """So many of a variant, from one location."""

    location_id: UUID
    variant_id: UUID
    quantity: int


def promise(levels: list[StockLevel], wanted: Mapping[UUID, int]) -> list[Promise] | None:
    """Choose the locations that give what is wanted, first location first; None where it lacks.

    `levels` come in the order of the locations' positions.
    """
    chosen: list[Promise] = []
    for variant_id, quantity in wanted.items():
        missing = quantity
        for level in levels:
            if level.variant_id != variant_id or not missing:
                continue
            taken = min(level.free, missing)
            if taken:
                chosen.append(Promise(level.location_id, variant_id, taken))
                missing -= taken
        if missing:
            return None
    return sorted(chosen, key=lambda part: (part.variant_id, part.location_id))

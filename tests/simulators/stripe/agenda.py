"""What falls due later: money becoming available, authorisations expiring, refunds settling."""

import heapq
from collections.abc import Callable

Duty = Callable[[str], None]


class Agenda:
    """A list of duties by time. Every method is called with the store's lock held."""

    def __init__(self) -> None:
        self._duties: dict[str, Duty] = {}
        self._heap: list[tuple[float, str, str]] = []

    def teach(self, name: str, duty: Duty) -> None:
        """Say what a name stands for; the duty gets the id of its object."""
        self._duties[name] = duty

    def add(self, due: float, name: str, identifier: str) -> None:
        """Plan a duty, in seconds since 1970 by the stand-in's time."""
        heapq.heappush(self._heap, (due, name, identifier))

    def is_due(self, now: float) -> bool:
        """Say whether anything waits to be done."""
        return bool(self._heap) and self._heap[0][0] <= now

    def run(self, now: float) -> None:
        """Do all that is due, in its order."""
        while self.is_due(now):
            _, name, identifier = heapq.heappop(self._heap)
            self._duties[name](identifier)

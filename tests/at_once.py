"""Doing things at once, for tests of races: all begin together, and what one raises is raised."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Result = TypeVar("Result")
SECONDS_TO_BEGIN = 60


def all_at_once(work: Callable[[], Result], times: int = 8) -> list[Result]:
    """Do the same so many times, each in a thread of its own, and return what came of it."""
    start = threading.Barrier(times)

    def begin() -> Result:
        start.wait(SECONDS_TO_BEGIN)
        return work()

    with ThreadPoolExecutor(times) as pool:
        return [each.result() for each in [pool.submit(begin) for _ in range(times)]]

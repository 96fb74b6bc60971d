"""CPU time of processes, from the kernel's own count; and the percentiles of a list."""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import psutil

_TICKS = os.sysconf("SC_CLK_TCK")
_USER, _SYSTEM = 11, 12
"""The fields' places behind the command's name in /proc/<pid>/stat (proc(5): 14 and 15)."""


def cpu_seconds(pids: Iterable[int]) -> float:
    """Return the CPU time that these processes have used, in seconds, a tick (10 ms) exact."""
    return sum(_ticks(pid) for pid in pids) / _TICKS


def _ticks(pid: int) -> int:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[_USER]) + int(fields[_SYSTEM])


def family(pid: int) -> list[int]:
    """Return a process and all below it."""
    parent = psutil.Process(pid)
    return [pid, *(child.pid for child in parent.children(recursive=True))]


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU milliseconds for one request: of the web process, and of the database."""

    web: float
    database: float

    @property
    def total(self) -> float:
        """Both together."""
        return self.web + self.database


def cost_of(work: Callable[[], None], *, times: int, web: int, database: int) -> Cost:
    """Return what `work` costs, which sends `times` requests, divided by them."""
    before = cpu_seconds(family(web)), cpu_seconds(family(database))
    work()
    after = cpu_seconds(family(web)), cpu_seconds(family(database))
    return Cost(*((b - a) * 1000 / times for a, b in zip(before, after, strict=True)))


def percentile(values: list[float], share: float) -> float:
    """Return the value below which `share` of the values lie."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]

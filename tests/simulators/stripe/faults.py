"""Faults on demand, each bound to a path (or an event's type), a count or a chance.

| kind | what happens |
| --- | --- |
| `refuse_429`, `refuse_500` | refused before anything is begun; nothing is remembered |
| `fail_500` | begun, nothing done, and the 500 is remembered: a repetition gets it again |
| `fail_500_after_success` | done, but answered (and remembered) as a 500 |
| `timeout_after_success` | done and remembered; the connection is then held for `seconds` |
| `delay` | held for `seconds` before the work; the same key meanwhile is answered 409 |
| `search_lag` | objects younger than `seconds` are not found by search, as may happen at Stripe |
| `webhook_lost` | the event is never sent |
| `webhook_late` | sent after `seconds` |
| `webhook_doubled` | sent twice |
| `webhook_reordered` | sent after a chance part of `seconds`, so that events overtake each other |
"""

import random
import re
import threading
from dataclasses import dataclass, field

OF_CALLS = frozenset(
    "refuse_429 refuse_500 fail_500 fail_500_after_success timeout_after_success delay search_lag".split()
)
OF_WEBHOOKS = frozenset("webhook_lost webhook_late webhook_doubled webhook_reordered".split())
_HOLD_SECONDS = 90.0
_LAG_SECONDS = 60.0
_SECONDS = {
    "timeout_after_success": _HOLD_SECONDS,
    "search_lag": _LAG_SECONDS,
    "delay": 1.0,
    "webhook_late": 2.0,
    "webhook_reordered": 2.0,
}


@dataclass
class Fault:
    """One planned fault. `count` None: until it is reset. `path` is a regular expression."""

    kind: str
    path: str = ".*"
    count: int | None = 1
    probability: float = 1.0
    seconds: float = 0.0
    method: str = ""
    seed: int = 1
    dice: random.Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if self.kind not in OF_CALLS | OF_WEBHOOKS:
            raise ValueError(f"No fault is called {self.kind!r}.")
        re.compile(self.path)
        self.seconds = self.seconds or _SECONDS.get(self.kind, 0.0)
        self.dice = random.Random(self.seed)

    def strikes(self, path: str, method: str) -> bool:
        """Say whether this fault happens now."""
        if self.count == 0 or (self.method and self.method.upper() != method):
            return False
        return bool(re.search(self.path, path)) and self.dice.random() < self.probability


class Faults:
    """What was planned; the first fault that fits is taken, and counts down."""

    def __init__(self) -> None:
        self.planned: list[Fault] = []
        self._lock = threading.Lock()

    def take(self, path: str, *kinds: str, method: str = "") -> Fault | None:
        """Return the fault of one of these kinds that strikes here, if any."""
        with self._lock:
            for fault in self.planned:
                if fault.kind in kinds and fault.strikes(path, method):
                    if fault.count is not None:
                        fault.count -= 1
                    return fault
        return None

    def plan(self, **facts: object) -> Fault:
        """Add a fault. Raises ValueError or TypeError where it is not one."""
        fault = Fault(**facts)  # type: ignore[arg-type]
        self.planned.append(fault)
        return fault

    def reset(self) -> None:
        """Forget every planned fault."""
        with self._lock:
            self.planned.clear()

"""Faults on demand: a call that times out after its success, 429, 500, delay; by path and count."""

import random
import re
import time
from dataclasses import dataclass


@dataclass
class Fault:
    kind: str
    path: str = ".*"
    count: int = 1
    probability: float = 1.0
    seconds: float = 0.0


class Faults:
    def __init__(self) -> None:
        self.planned: list[Fault] = []
        self.random = random.Random(1)

    def take(self, path: str, kinds: set[str]) -> Fault | None:
        for fault in self.planned:
            if (
                fault.kind in kinds
                and fault.count
                and re.search(fault.path, path)
                and self.random.random() < fault.probability
            ):
                fault.count -= 1
                return fault
        return None

    def reset(self, seed: int = 1) -> None:
        self.planned.clear()
        self.random.seed(seed)


def hold(seconds: float) -> None:
    time.sleep(seconds)

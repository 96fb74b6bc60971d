"""A circuit breaker: who does not answer is left alone for a while, and callers are told at once.

Of our own, because the kept libraries fit no threaded server: one holds its lock for as long as a
call takes, so that callers queue at the provider; the others let everybody in once the rest is
over, and all of them count failures in a row, never within a time.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import TypeVar

import structlog

log = structlog.get_logger(__name__)

FAILURES = 3
WITHIN_SECONDS = 10.0
SUCCESSES = 2
"""How many calls must succeed, one at a time, before everybody is let in again."""

Answer = TypeVar("Answer")


class CircuitOpenError(Exception):
    """Nothing was sent: whom we would ask has not answered lately."""


class CircuitBreaker:
    """Counts failures to reach one provider: closed, open, half open (promises.md, R11).

    Three failures within ten seconds open it for `rest_seconds`; then one call at a time is let
    through: a failure opens it again, two successes close it. Each process has its own. Its time is
    monotonic and no clock: nothing that is written down depends on it.
    """

    def __init__(
        self, name: str, *, rest_seconds: float, seconds: Callable[[], float] = time.monotonic
    ) -> None:
        self._name, self._rest_seconds, self._seconds = name, rest_seconds, seconds
        self._lock = threading.Lock()
        self.close()

    def call(
        self,
        ask: Callable[[], Answer],
        *,
        failures: tuple[type[Exception], ...],
        is_failure: Callable[[Answer], bool],
    ) -> Answer:
        """Return what `ask` answers, and count it. Raises CircuitOpenError, and whatever `ask` does."""
        is_trial = self._enter()
        try:
            answer = ask()
        except failures:
            self._fail(is_trial=is_trial)
            raise
        except BaseException:
            self._leave(is_trial=is_trial)
            raise
        if is_failure(answer):
            self._fail(is_trial=is_trial)
        elif is_trial:
            self._succeed()
        return answer

    def close(self) -> None:
        """Let everybody in, and forget what went wrong."""
        with self._lock:
            self._failed_at: deque[float] = deque(maxlen=FAILURES)
            self._opened_at: float | None = None
            self._successes = 0
            self._has_trial = False

    @property
    def is_open(self) -> bool:
        """Whether a call would be refused now."""
        with self._lock:
            return self._is_resting()

    def _is_resting(self) -> bool:
        if self._opened_at is None:
            return False
        return self._has_trial or self._seconds() - self._opened_at < self._rest_seconds

    def _enter(self) -> bool:
        """Let a call in; return whether it is the one that tries whether the provider is back."""
        with self._lock:
            if self._is_resting():
                raise CircuitOpenError(self._name)
            self._has_trial = self._opened_at is not None
            return self._has_trial

    def _leave(self, *, is_trial: bool) -> None:
        """Let a call go that tells neither way."""
        with self._lock:
            self._has_trial = self._has_trial and not is_trial

    def _fail(self, *, is_trial: bool) -> None:
        """Count a failure; one of a call from before the opening changes nothing."""
        with self._lock:
            now = self._seconds()
            if self._opened_at is None:
                self._failed_at.append(now)
                if len(self._failed_at) < FAILURES or now - self._failed_at[0] > WITHIN_SECONDS:
                    return
            elif not is_trial:
                return
            self._opened_at, self._has_trial, self._successes = now, False, 0
        log.warning("circuit opened", provider=self._name)

    def _succeed(self) -> None:
        with self._lock:
            self._has_trial = False
            self._successes += 1
            if self._successes < SUCCESSES:
                return
        self.close()
        log.info("circuit closed", provider=self._name)

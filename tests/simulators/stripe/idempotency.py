"""Idempotency keys by Stripe's rules.

v1: the first answer is kept for a day and given again, errors too (402, 500), unless nothing was
begun: unknown key, refused parameters, 409, 429. v2: a success is kept for 30 days, a failure is
tried again. Either: other parameters under the same key are refused, and so is a second request
while the first one runs.
"""

import hashlib
import json
import threading
from typing import Any

from tests.simulators.stripe.errors import StripeRefusal, malformed
from tests.simulators.stripe.store import Store

Answer = tuple[int, Any]
LONGEST_KEY = 255
_DAY = 24 * 3600


class Idempotency:
    """The first answers by key. A key belongs to one account and one path."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._running: set[str] = set()
        self._lock = threading.Lock()

    def begin(self, key: str, path: str, params: Any) -> Answer | None:
        """Return the first answer for a key, or None and keep the key for this request.

        Raises StripeRefusal (400, 409). Whoever gets None must call `finish`.
        """
        if len(key) > LONGEST_KEY:
            raise malformed("Idempotency keys can have up to 255 characters.")
        with self._lock:
            kept = self._find(key, path)
            if kept is None:
                self._start(key)
                return None
        if kept["fingerprint"] != _fingerprint(path, params):
            raise _refusal(
                400,
                "Keys for idempotent requests can only be used with the same parameters they were"
                f" first used with. Try using a key other than '{key.partition(' ')[2]}' if you"
                " meant to execute a different request.",
            )
        return kept["status"], kept["body"]

    def remember(self, key: str, path: str, params: Any, answer: Answer) -> None:
        """Keep an answer. Called with the store's lock held, in the transaction of its effect."""
        if path.startswith("/v2/") and not 200 <= answer[0] < 300:
            return
        kept = {
            "fingerprint": _fingerprint(path, params),
            "status": answer[0],
            "body": answer[1],
            "at": self._store.now,
        }
        self._store.keep_answer(key, kept)

    def finish(self, key: str) -> None:
        """Let the key go: the next request with it gets the answer that was kept."""
        with self._lock:
            self._running.discard(key)

    def _find(self, key: str, path: str) -> dict[str, Any] | None:
        kept = self._store.answers.get(key)
        longest = 30 * _DAY if path.startswith("/v2/") else _DAY
        if kept is None or kept.get("at", 0) + longest <= self._store.now:
            return None
        return kept

    def _start(self, key: str) -> None:
        if key in self._running:
            raise _refusal(
                409,
                "There is currently another in-progress request using this Idempotent Key.",
                code="idempotency_key_in_use",
            )
        self._running.add(key)


def _refusal(status: int, message: str, *, code: str | None = None) -> StripeRefusal:
    return StripeRefusal(status, "idempotency_error", message, code=code, is_remembered=False)


def _fingerprint(path: str, params: Any) -> str:
    return hashlib.sha256(f"{path} {json.dumps(params, sort_keys=True)}".encode()).hexdigest()

"""Signed webhooks, delivered from threads of their own; late, lost and doubled on demand."""

import hashlib
import heapq
import hmac
import http.client
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from tests.simulators.stripe.faults import Faults
from tests.simulators.stripe.objects import Shape

THREADS = 4
REMEMBERED = 5000
_ATTEMPTS, _FIRST_WAIT_SECONDS, _TIMEOUT_SECONDS = 8, 0.3, 10.0


def signature(body: bytes, secret: str, at: int) -> str:
    """Return the Stripe-Signature header of a body, sent at a moment (seconds since 1970)."""
    signed = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={signed}"


@dataclass(order=True)
class Parcel:
    """One copy of an event on its way to one endpoint."""

    due: float
    number: int
    event: Shape = field(compare=False)
    body: bytes = field(compare=False)
    attempt: int = field(compare=False, default=1)


class Sender:
    """Delivers events: signed, retried with growing waits, given up after `attempts`.

    Two endpoints, as at Stripe: the platform's own, and the one for connected accounts (events
    with `account`), which has a secret of its own; without one, the platform's signs both.
    """

    def __init__(
        self,
        url: str = "",
        secret: str = "",
        connect_secret: str = "",
        *,
        faults: Faults | None = None,
    ) -> None:
        self.url, self.secret, self.connect_secret = url, secret, connect_secret
        self.connect_url = ""
        self.attempts, self.first_wait_seconds = _ATTEMPTS, _FIRST_WAIT_SECONDS
        self.deliveries: list[dict[str, Any]] = []
        self.on_settled: Callable[[str], None] = lambda identifier: None
        self._faults = faults or Faults()
        self._waiting: list[Parcel] = []
        self._count = self._busy = 0
        self._changed = threading.Condition()
        self._is_stopped = False

    def start(self) -> None:
        """Start the threads that deliver."""
        for _ in range(THREADS):
            threading.Thread(target=self._run, daemon=True, name="stripe-webhooks").start()

    def stop(self) -> None:
        """Let the threads end; what waits is not sent."""
        with self._changed:
            self._is_stopped = True
            self._changed.notify_all()

    def has_endpoint(self, account: str = "") -> bool:
        """Say whether anybody listens."""
        return bool(self._endpoint(bool(account))[0])

    def send(self, event: Shape, *, is_faultless: bool = False) -> bool:
        """Put an event on its way, with the faults planned for its type; say whether it left."""
        if not self.has_endpoint(event.get("account", "")):
            return False
        waits = [0.0] if is_faultless else self._waits(event["type"])
        if not waits:
            self._record(event, "lost", 0)
            return False
        body = json.dumps(_as_sent(event), indent=2).encode()
        for wait in waits:
            self._put(event, body, wait)
        return True

    def wait_until_idle(self, seconds: float = 10.0) -> bool:
        """Wait until nothing is under way; return whether that came true in time."""
        until = time.monotonic() + seconds
        with self._changed:
            while self._waiting or self._busy:
                left = until - time.monotonic()
                if left <= 0:
                    return False
                self._changed.wait(min(left, 0.05))
        return True

    def _waits(self, kind: str) -> list[float]:
        """Return after how many seconds each copy leaves; none where the event is lost."""
        if self._faults.take(kind, "webhook_lost"):
            return []
        wait = 0.0
        if late := self._faults.take(kind, "webhook_late"):
            wait += late.seconds
        if reordered := self._faults.take(kind, "webhook_reordered"):
            wait += reordered.dice.uniform(0, reordered.seconds)
        return [wait] * (2 if self._faults.take(kind, "webhook_doubled") else 1)

    def _endpoint(self, is_connect: bool) -> tuple[str, str]:
        if is_connect:
            return self.connect_url or self.url, self.connect_secret or self.secret
        return self.url, self.secret

    def _put(self, event: Shape, body: bytes, wait: float, attempt: int = 1) -> None:
        with self._changed:
            self._count += 1
            parcel = Parcel(time.monotonic() + wait, self._count, event, body, attempt)
            heapq.heappush(self._waiting, parcel)
            self._changed.notify()

    def _run(self) -> None:
        while parcel := self._next():
            try:
                self._deliver(parcel)
            finally:
                with self._changed:
                    self._busy -= 1
                    self._changed.notify_all()

    def _next(self) -> Parcel | None:
        with self._changed:
            while not self._is_stopped:
                left = self._waiting[0].due - time.monotonic() if self._waiting else None
                if left is not None and left <= 0:
                    self._busy += 1
                    return heapq.heappop(self._waiting)
                self._changed.wait(left)
        return None

    def _deliver(self, parcel: Parcel) -> None:
        event = parcel.event
        status = self._post(*self._endpoint("account" in event), parcel.body)
        self._record(event, status, parcel.attempt)
        if 200 <= status < 300:
            self.on_settled(event["id"])
        elif parcel.attempt < self.attempts:
            wait = self.first_wait_seconds * 2 ** (parcel.attempt - 1)
            self._put(event, parcel.body, wait, parcel.attempt + 1)

    def _record(self, event: Shape, status: int | str, attempt: int) -> None:
        self.deliveries.append(
            {
                "id": event["id"],
                "type": event["type"],
                "endpoint": "connect" if "account" in event else "platform",
                "status": status,
                "attempt": attempt,
                "at": time.time(),
            }
        )
        del self.deliveries[:-REMEMBERED]

    @staticmethod
    def _post(url: str, secret: str, body: bytes) -> int:
        """Return the status, or 0 where nobody answered; a redirect is not followed."""
        address = urlsplit(url)
        connection = http.client.HTTPConnection(
            address.hostname or "", address.port or 80, timeout=_TIMEOUT_SECONDS
        )
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Host": address.netloc,
            "Stripe-Signature": signature(body, secret, int(time.time())),
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        }
        path = (address.path or "/") + (f"?{address.query}" if address.query else "")
        try:
            connection.request("POST", path, body, headers)
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()


def _as_sent(event: Shape) -> Shape:
    if event["object"] != "v2.core.event":
        return event
    return {name: value for name, value in event.items() if name != "data"}

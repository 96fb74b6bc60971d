"""Signed webhooks, delivered from a thread; late, lost and doubled on demand."""

import hashlib
import hmac
import json
import queue
import random
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field

from tests.simulators.stripe.objects import Shape

ATTEMPTS, FIRST_WAIT = 6, 0.3


def signature(body: bytes, secret: str, at: int) -> str:
    signed = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={signed}"


@dataclass
class WebhookFaults:
    lost: float = 0.0
    doubled: float = 0.0
    delay: float = 0.0
    shuffled: bool = False
    seed: int = 1
    dice: random.Random = field(default_factory=lambda: random.Random(1))


class Sender:
    def __init__(self, url: str = "", secret: str = "", connect_secret: str = "") -> None:
        self.url, self.secret, self.connect_secret = url, secret, connect_secret
        self.faults = WebhookFaults()
        self.deliveries: list[dict[str, object]] = []
        self._queue: queue.PriorityQueue[tuple[float, int, bytes, int]] = queue.PriorityQueue()
        self._count = 0
        for _ in range(2):
            threading.Thread(target=self._run, daemon=True).start()

    def send(self, event: Shape) -> None:
        faults = self.faults
        if not self.url or faults.dice.random() < faults.lost:
            self.deliveries.append({"id": event["id"], "type": event["type"], "status": "lost"})
            return
        copies = 2 if faults.dice.random() < faults.doubled else 1
        for _ in range(copies):
            wait = faults.delay + (faults.dice.random() * 2 if faults.shuffled else 0)
            self._put(json.dumps(event).encode(), wait, 1)

    def _put(self, body: bytes, wait: float, attempt: int) -> None:
        self._count += 1
        self._queue.put((time.time() + wait, self._count, body, attempt))

    def _run(self) -> None:
        while True:
            due, _, body, attempt = self._queue.get()
            wait = due - time.time()
            if wait > 0.01:
                self._queue.put((due, self._count, body, attempt))
                self._count += 1
                time.sleep(min(wait, 0.05))
                continue
            status = self._post(body)
            event = json.loads(body)
            self.deliveries.append(
                {"id": event["id"], "type": event["type"], "status": status, "attempt": attempt}
            )
            del self.deliveries[:-5000]
            if status != 200 and attempt < ATTEMPTS:
                self._put(body, FIRST_WAIT * 2 ** (attempt - 1), attempt + 1)

    def _post(self, body: bytes) -> int:
        headers = {
            "Content-Type": "application/json",
            "Stripe-Signature": signature(body, self.secret, int(time.time())),
        }
        request = urllib.request.Request(self.url, data=body, headers=headers, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return int(error.code)
        except OSError:
            return 0

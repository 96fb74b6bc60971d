"""Events: recorded with a snapshot of their object, and handed to whoever delivers them."""

import threading
from typing import Any

from tests.simulators.stripe import account_objects, objects
from tests.simulators.stripe.objects import Shape
from tests.simulators.stripe.rendering import render
from tests.simulators.stripe.store import Store
from tests.simulators.stripe.webhooks import Sender


class Events:
    """Records events. Every method but the context's is called with the store's lock held."""

    def __init__(self, store: Store, sender: Sender) -> None:
        self.store, self.sender = store, sender
        self._request = threading.local()

    def begin_request(self, identifier: str, key: str) -> None:
        """Say which request this thread works for: its events name it."""
        self._request.facts = {"id": identifier, "idempotency_key": key or None}

    def end_request(self) -> None:
        """Say that what follows comes from no request: a page, or time passing."""
        self._request.facts = {"id": None, "idempotency_key": None}

    def emit(
        self, kind: str, thing: Shape, *, before: Shape | None = None, account: str = ""
    ) -> Shape:
        """Record a snapshot event; `before` has what the changed fields were.

        `account` is the connected account it belongs to: such events go to the Connect endpoint.
        """
        data: dict[str, Any] = {"object": render(self.store, thing)}
        if before is not None:
            data["previous_attributes"] = before
        made = objects.event(self.store.now, kind, data=data, pending_webhooks=1)
        made["request"] = getattr(self._request, "facts", made["request"])
        if account:
            made["account"] = account
        if not self.sender.send(made):
            made["pending_webhooks"] = 0
        return self.store.keep(made)

    def emit_thin(self, kind: str, account_id: str, data: Shape) -> Shape:
        """Record an event of v2: what is sent only points at the account."""
        made = account_objects.thin_event(self.store.now, kind, account_id, data)
        self.store.keep(made)
        self.sender.send(made)
        return made

    def settle(self, identifier: str) -> None:
        """Note that an event needs no more delivering."""
        with self.store.transaction():
            event = self.store.objects.get(identifier)
            if event and event.get("pending_webhooks"):
                event["pending_webhooks"] = 0
                self.store.keep(event)

    def resume(self) -> None:
        """Send again what was under way when the stand-in was stopped."""
        with self.store.lock:
            for event in reversed(self.store.of_kind("event")):
                if event["pending_webhooks"]:
                    self.sender.send(event)

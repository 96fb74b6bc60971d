"""The stand-in as a whole: a threaded server in front of the rules, and the passing of time."""

import threading
from pathlib import Path

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.simulators.stripe.accounts import Accounts
from tests.simulators.stripe.agenda import Agenda
from tests.simulators.stripe.api import Api
from tests.simulators.stripe.balance import Balance
from tests.simulators.stripe.control import Control
from tests.simulators.stripe.events import Events
from tests.simulators.stripe.faults import Faults
from tests.simulators.stripe.idempotency import Idempotency
from tests.simulators.stripe.methods import Customers, Methods
from tests.simulators.stripe.pages import Pages
from tests.simulators.stripe.payments import Payments
from tests.simulators.stripe.refunds import Refunds
from tests.simulators.stripe.store import Store
from tests.simulators.stripe.transfers import Transfers
from tests.simulators.stripe.webhooks import Sender

LARGEST_REQUEST = 1024 * 1024
_BACKLOG = 512
_TICK_SECONDS = 0.25


class _QuietHandler(WSGIRequestHandler):
    """Answers without a line for each request."""

    def log(self, level: str, message: str, *args: object) -> None:
        """Say nothing."""


class StripeStandIn:
    """The stand-in, to be started in a thread by tests or as a process by the demo.

    `with StripeStandIn(webhook_url=..., webhook_secret=...) as stripe:` serves at `stripe.url`.
    `public_url` is its address as browsers know it, where that is another one. `state` names a
    file in which everything is kept; without it all is forgotten at the end.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        host: str = "127.0.0.1",
        state: Path | None = None,
        webhook_url: str = "",
        webhook_secret: str = "",
        connect_webhook_secret: str = "",
        public_url: str = "",
    ) -> None:
        self.stopping = threading.Event()
        self._is_serving = False
        self.app = Flask(__name__, static_folder=None)
        self.app.config["MAX_CONTENT_LENGTH"] = LARGEST_REQUEST
        self._server = make_server(
            host, port, self.app, threaded=True, request_handler=_QuietHandler
        )
        self._server.socket.listen(_BACKLOG)
        self.url = f"http://{host}:{self._server.server_port}"
        self.public_url = (public_url or self.url).rstrip("/")
        self.faults, self.store, self.agenda = Faults(), Store(state), Agenda()
        self.sender = Sender(
            webhook_url, webhook_secret, connect_webhook_secret, faults=self.faults
        )
        self._make_rules()
        for part in (Control(self, self.app), Api(self, self.app), Pages(self, self.app)):
            part.install()

    def _make_rules(self) -> None:
        self.events = Events(self.store, self.sender)
        self.sender.on_settled = self.events.settle
        self.idempotency = Idempotency(self.store)
        self.balance = Balance(self.store, self.agenda)
        self.methods = Methods(self.store)
        self.customers = Customers(self.store, self.methods, self.events.emit)
        self.payments = Payments(
            self.store, self.events, self.agenda, self.balance, self.methods, self.public_url
        )
        self.refunds = Refunds(self.store, self.events, self.agenda, self.balance)
        self.transfers = Transfers(self.store, self.events, self.balance)
        self.accounts = Accounts(self.store, self.events, self.public_url)

    def start(self) -> "StripeStandIn":
        """Serve in a thread."""
        self._is_serving = True
        threading.Thread(target=self.serve, daemon=True, name="stripe-stand-in").start()
        return self

    def serve(self) -> None:
        """Serve until `stop` is called from another thread."""
        self._is_serving = True
        self.sender.start()
        self.events.resume()
        threading.Thread(target=self._tick, daemon=True, name="stripe-clock").start()
        self._server.serve_forever(poll_interval=0.05)

    def stop(self) -> None:
        """End the server, its webhooks and its file."""
        self.stopping.set()
        if self._is_serving:
            self._server.shutdown()
        self._server.server_close()
        self.sender.stop()
        self.store.close()

    def catch_up(self) -> None:
        """Let everything happen that is due. Called with the store's lock held."""
        self.agenda.run(self.store.now)

    def __enter__(self) -> "StripeStandIn":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _tick(self) -> None:
        while not self.stopping.wait(_TICK_SECONDS):
            if self.agenda.is_due(self.store.now):
                with self.store.transaction():
                    self.catch_up()

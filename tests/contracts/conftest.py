"""The stand-ins for Stripe and AWS, and the SDKs, unmodified, that speak to them."""

import http.server
import threading

import pytest
import stripe
from moto.server import ThreadedMotoServer

from tests.simulators.stripe import StripeStandIn

SECRET = "whsec_of_the_contract"


@pytest.fixture(scope="module")
def aws():
    """The address of a stand-in for every service of AWS (moto)."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def credentials(monkeypatch):
    """Nobody's keys: boto3 finds them where it would find a machine's own."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def stand_in():
    with StripeStandIn(webhook_secret=SECRET) as running:
        yield running


@pytest.fixture
def sdk(stand_in):
    return client_of(stand_in)


def client_of(stand_in, *, seconds: float = 10, retries: int = 0) -> stripe.StripeClient:
    """Return the SDK as an application would make it: only its address is another."""
    return stripe.StripeClient(
        "sk_test_contract",
        base_addresses={"api": stand_in.url},
        max_network_retries=retries,
        http_client=stripe.RequestsClient(timeout=seconds),
    )


class Listener:
    """An endpoint for webhooks that keeps what it gets; `statuses` are its first answers."""

    def __init__(self) -> None:
        self.received: list[tuple[bytes, str]] = []
        self.statuses: list[int] = []
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}/hooks"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def events(self, secret: str = SECRET) -> list[stripe.Event]:
        """Return what came, each verified as an application would."""
        return [
            stripe.Webhook.construct_event(body, signature, secret)
            for body, signature in list(self.received)
        ]

    def types(self) -> list[str]:
        return [event.type for event in self.events()]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        listener = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                listener.received.append((body, self.headers["Stripe-Signature"]))
                self.send_response(listener.statuses.pop(0) if listener.statuses else 200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        return Handler


@pytest.fixture
def listener(stand_in):
    made = Listener()
    stand_in.sender.url = made.url
    stand_in.sender.first_wait_seconds = 0.05
    yield made
    made.close()

"""The one way in which the server fetches what somebody else names: pictures, webhooks going out.

Only the web (http and https, usual ports), only public addresses, connected to by the address that
was checked while the name stays in Host and in TLS; redirects are followed by hand by the same rules,
or not at all. Limits of size and of time hold for the whole of it.
"""

import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse
from ssl import SSLContext, create_default_context
from urllib.parse import SplitResult, urljoin, urlsplit

from app.gateways.addresses import (
    PrivateAddressError,
    Resolve,
    public_addresses,
    resolve_by_system,
)

MOST_REDIRECTS = 3
USUAL_PORTS = frozenset({80, 443, 8080, 8443})
LONGEST_ADDRESS = 2048
_CHUNK = 64 * 1024
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PORTS = {"http": 80, "https": 443}


class FetchRefusedError(Exception):
    """Nothing was fetched: not the web, a private address, too large, too slow, or no answer."""


@dataclass(frozen=True, slots=True)
class WebAnswer:
    """What a server answered, whatever its status."""

    status: int
    content: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class WebQuestion:
    """What is sent. `follows` says whether redirects are followed: never with a body."""

    address: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None

    @property
    def follows(self) -> bool:
        """Whether a redirect is followed: what carries something goes to nobody else."""
        return self.method == "GET" and self.body is None


def _connect(address: str, port: int, seconds: float) -> socket.socket:
    return socket.create_connection((address, port), timeout=seconds)


@dataclass(frozen=True, slots=True)
class GuardedWeb:
    """Asks servers on the public internet, within limits."""

    seconds: float = 10.0
    most_bytes: int = 1024 * 1024
    allow_private: bool = False
    """For tests, whose servers are on this machine: any address and port."""
    resolve: Resolve = resolve_by_system
    connect: Callable[[str, int, float], socket.socket] = _connect
    tls: SSLContext = field(default_factory=create_default_context)

    def ask(self, question: WebQuestion) -> WebAnswer:
        """Return the answer to a question, after at most three redirects.

        Raises FetchRefusedError; its text is for our log, never for who named the address.
        """
        deadline, address = time.monotonic() + self.seconds, question.address
        try:
            for _ in range(MOST_REDIRECTS + 1):
                answer = self._ask_once(question, self._checked(address), deadline)
                if isinstance(answer, WebAnswer):
                    return answer
                address = _next_address(address, answer)
        except PrivateAddressError as error:
            raise FetchRefusedError("a private address") from error
        except (OSError, HTTPException, ValueError) as error:
            raise FetchRefusedError(type(error).__name__) from error
        raise FetchRefusedError("too many redirects")

    def _checked(self, address: str) -> SplitResult:
        url = urlsplit(address[: LONGEST_ADDRESS + 1])
        if url.scheme not in _PORTS or not url.hostname or len(address) > LONGEST_ADDRESS:
            raise FetchRefusedError("not a web address")
        if url.username is not None or url.password is not None:
            raise FetchRefusedError("a name or password in the address")
        if not self.allow_private and _port_of(url) not in USUAL_PORTS:
            raise FetchRefusedError("an unusual port")
        return url

    def _ask_once(
        self, question: WebQuestion, url: SplitResult, deadline: float
    ) -> WebAnswer | str:
        """Return the answer, or where it is said to be."""
        with self._open(url, deadline) as connection:
            path = (url.path or "/") + (f"?{url.query}" if url.query else "")
            headers = {"User-Agent": "Galleria", "Accept-Encoding": "identity", **question.headers}
            connection.request(question.method, path, body=question.body, headers=headers)
            response = connection.getresponse()
            if response.status in _REDIRECTS and question.follows:
                return response.getheader("Location") or ""
            kind = (response.getheader("Content-Type") or "")[:200]
            return WebAnswer(response.status, self._read(response, deadline), kind)

    @contextmanager
    def _open(self, url: SplitResult, deadline: float) -> Iterator[HTTPConnection]:
        """Connect to the checked address; whatever is still open at the deadline is cut."""
        host, port = str(url.hostname), _port_of(url)
        address = self._address_of(host, port)
        left = max(deadline - time.monotonic(), 0.1)
        connection = HTTPConnection(host, port, timeout=left)
        connection.default_port = _PORTS[url.scheme]  # which Host leaves out
        made = self.connect(address, port, left)
        watch = threading.Timer(left, _cut, (made,))
        watch.start()
        try:
            is_tls = url.scheme == "https"
            connection.sock = self.tls.wrap_socket(made, server_hostname=host) if is_tls else made
            yield connection
        finally:
            watch.cancel()
            connection.close()
            made.close()

    def _address_of(self, host: str, port: int) -> str:
        if self.allow_private:
            return self.resolve(host, port)[0]
        return public_addresses(host, port, resolve=self.resolve)[0]

    def _read(self, response: HTTPResponse, deadline: float) -> bytes:
        content = bytearray()
        while chunk := response.read(_CHUNK):
            content += chunk
            if len(content) > self.most_bytes:
                raise FetchRefusedError("too large")
            if time.monotonic() > deadline:
                raise FetchRefusedError("too slow")
        if response.length:
            raise FetchRefusedError("cut short")
        return bytes(content)


def _next_address(address: str, location: str) -> str:
    found = urljoin(address, location)
    if address.startswith("https:") and not found.startswith("https:"):
        raise FetchRefusedError("a redirect that gives TLS up")
    return found


def _port_of(url: SplitResult) -> int:
    return _PORTS[url.scheme] if url.port is None else url.port


def _cut(made: socket.socket) -> None:
    with suppress(OSError):
        made.shutdown(socket.SHUT_RDWR)

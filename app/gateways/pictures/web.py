"""Fetching pictures for a merchant, without letting an address reach into our own network.

The name is resolved once, every address it has must be public, and the connection goes to that
very address, so that a second, different answer of the name server changes nothing. Redirects are
followed by the same rules, three at most.
"""

import ipaddress
import socket
import time
from contextlib import closing
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from pathlib import Path
from ssl import create_default_context
from urllib.parse import SplitResult, urljoin, urlsplit

from app.domains.media.ports import PictureUnavailableError

LARGEST_PICTURE = 20 * 1024 * 1024
SECONDS = 10.0
MOST_REDIRECTS = 3
_CHUNK = 64 * 1024
_OK = 200
_TUNNELS = tuple(
    ipaddress.ip_network(prefix)
    for prefix in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96")
)
"""NAT64, 6to4, Teredo and the oldest form carry an IPv4 address, which may be one of ours."""
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class WebPictures:
    """Answers for PictureSource; `local_folders` are trusted folders of the demo's own files."""

    def __init__(
        self, *, local_folders: tuple[Path, ...] = (), allow_private: bool = False
    ) -> None:
        self._local_folders = local_folders
        self._allow_private = allow_private

    def fetch(self, source: str) -> bytes:
        """Return a picture's bytes. Raises PictureUnavailableError."""
        if source.startswith("demo:"):
            return self._read_local(source.removeprefix("demo:"))
        try:
            return self._follow(source, time.monotonic() + SECONDS)
        except (OSError, HTTPException, ValueError) as error:
            raise PictureUnavailableError(type(error).__name__) from error

    def _follow(self, address: str, deadline: float) -> bytes:
        for _ in range(MOST_REDIRECTS + 1):
            answer = self._get(address, deadline)
            if isinstance(answer, bytes):
                return answer
            address = urljoin(address, answer)
        raise PictureUnavailableError("too many redirects")

    def _read_local(self, name: str) -> bytes:
        for folder in self._local_folders:
            path = (folder / name).resolve()
            if path.is_relative_to(folder.resolve()) and path.is_file():
                return path.read_bytes()
        raise PictureUnavailableError("no such file")

    def _get(self, address: str, deadline: float) -> bytes | str:
        """Return the picture, or where it is said to be."""
        url = urlsplit(address)
        if url.scheme not in {"http", "https"} or not url.hostname:
            raise PictureUnavailableError("not a web address")
        with closing(self._connect(url, deadline)) as connection:
            path = (url.path or "/") + (f"?{url.query}" if url.query else "")
            connection.request("GET", path, headers={"Accept": "image/*", "User-Agent": "Galleria"})
            response = connection.getresponse()
            if response.status in _REDIRECTS:
                return response.getheader("Location") or ""
            if response.status != _OK:
                raise PictureUnavailableError(f"status {response.status}")
            return _read_limited(response, deadline)

    def _connect(self, url: SplitResult, deadline: float) -> HTTPConnection:
        host, is_tls = str(url.hostname), url.scheme == "https"
        port = url.port or (443 if is_tls else 80)
        address = self._public_address(host, port)
        seconds = max(deadline - time.monotonic(), 0.1)
        plain = socket.create_connection((address, port), timeout=seconds)
        if not is_tls:
            connection = HTTPConnection(host, port, timeout=seconds)
            connection.sock = plain
            return connection
        context = create_default_context()
        secure = HTTPSConnection(host, port, timeout=seconds, context=context)
        secure.sock = context.wrap_socket(plain, server_hostname=host)
        return secure

    def _public_address(self, host: str, port: int) -> str:
        found = {info[4][0] for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
        if not self._allow_private and not all(is_public(str(address)) for address in found):
            raise PictureUnavailableError("a private address")
        return str(min(found, key=str))


def is_public(address: str) -> bool:
    """Whether an IP address is on the public internet."""
    parsed = ipaddress.ip_address(address.split("%", maxsplit=1)[0])
    if any(parsed in network for network in _TUNNELS):
        return False
    mapped = getattr(parsed, "ipv4_mapped", None)
    return (mapped or parsed).is_global and not parsed.is_multicast


def _read_limited(response: HTTPResponse, deadline: float) -> bytes:
    content = bytearray()
    while chunk := response.read(_CHUNK):
        content += chunk
        if len(content) > LARGEST_PICTURE:
            raise PictureUnavailableError("too large")
        if time.monotonic() > deadline:
            raise PictureUnavailableError("too slow")
    if response.length:
        raise PictureUnavailableError("cut short")
    return bytes(content)

"""What the server fetches for somebody stays outside: addresses, redirects, names that change."""

import http.server
import socket
import ssl
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.gateways import addresses
from app.gateways.addresses import PrivateAddressError, is_public, public_addresses
from app.gateways.guarded_web import (
    MOST_REDIRECTS,
    FetchRefusedError,
    GuardedWeb,
    WebQuestion,
)

OUTSIDE = "93.184.216.34"


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.0.0.1", "172.16.3.4", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
     "0.1.2.3", "192.0.0.192", "192.0.2.1", "198.18.0.1", "240.0.0.1", "224.0.0.1",
     "255.255.255.255", "168.63.129.16", "192.88.99.1", "100.100.100.200", "::1", "::", "fe80::1%eth0",
     "fec0::1", "fc00::1", "fd00:ec2::254", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
     "::ffff:0:127.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1", "ff02::1",
     "2002:7f00:1::", "2001:0:7f00:1::", "2001:db8::1", "3fff::1", "100::1", "5f00::1"],
)  # fmt: skip
def test_inner_addresses_are_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", [OUTSIDE, "2606:2800:220:1::1", f"::ffff:{OUTSIDE}", "2a00:1450:4001::200e"]
)
def test_outer_addresses_are_public(address):
    assert is_public(address)


@pytest.mark.parametrize(
    "found", [[], ["127.0.0.1"], [OUTSIDE, "127.0.0.1"], [OUTSIDE, "::1"], ["::ffff:10.0.0.1"]]
)
def test_a_name_is_refused_for_any_inner_address(found):
    with pytest.raises(PrivateAddressError):
        public_addresses("shop.example", 80, resolve=lambda *_: found)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "017700000001",
     "0", "::1", "::ffff:127.0.0.1", "::ffff:7f00:1", "0:0:0:0:0:0:0:1", "127.0.0.1."],
)  # fmt: skip
def test_every_way_to_write_this_machine_is_refused(host):
    with pytest.raises((PrivateAddressError, OSError)):
        public_addresses(host, 80)


def test_a_name_server_that_does_not_answer_is_not_waited_for(monkeypatch):
    asked = threading.Event()
    monkeypatch.setattr(addresses, "NAME_SECONDS", 0.2)
    monkeypatch.setattr(addresses.socket, "getaddrinfo", lambda *_, **__: asked.wait(5) and [])
    began = time.monotonic()
    with pytest.raises(FetchRefusedError, match="Timeout"):
        GuardedWeb().ask(WebQuestion("http://public.example/"))
    asked.set()
    assert time.monotonic() - began < 2


class Inside(http.server.BaseHTTPRequestHandler):
    """A service of ours that must never be asked; the control shows that it would answer."""

    asked: list[tuple[str, str]]

    def do_GET(self):
        type(self).asked.append((self.path, self.headers["Host"]))
        places = {"/moved": "/secret", "/away": "http://inside.example/secret"}
        if self.path == "/drip":
            return self.drip()
        if self.path.startswith("/round"):
            places[self.path] = "/round"
        if self.path not in places:
            return self.answer(b"secret")
        self.send_response(302)
        self.send_header("Location", places[self.path])
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_POST = do_GET

    def drip(self):
        """Send a header a byte at a time, each in time and all of them never."""
        try:
            for _ in range(100):
                self.wfile.write(b"H")
                time.sleep(0.05)
        except OSError:
            self.close_connection = True

    def answer(self, content):
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def inside():
    Inside.asked = []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Inside)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


class Names:
    """Plays the name server: each name's answers, one after another; the last one stays."""

    def __init__(self, **answers: list[list[str]]) -> None:
        self.answers = {f"{name}.example": list(each) for name, each in answers.items()}
        self.asked: list[str] = []

    def __call__(self, host: str, _: int) -> list[str]:
        self.asked.append(host)
        waiting = self.answers[host]
        return waiting.pop(0) if len(waiting) > 1 else waiting[0]


class Wires:
    """Plays the internet: every public address leads to the server of this test."""

    def __init__(self, port: int) -> None:
        self.port, self.connected = port, []

    def __call__(self, address: str, port: int, seconds: float) -> socket.socket:
        self.connected.append((address, port))
        return socket.create_connection(("127.0.0.1", self.port), timeout=seconds)


def ask_by_name(names, host):
    """The control: check the name, then let the connection look it up again, as most clients do."""
    assert is_public(names(host, 80)[0])
    return names(host, 80)[0]


def test_a_name_that_changes_between_two_looks_gains_nothing(inside):
    names = Names(rebound=[[OUTSIDE], ["127.0.0.1"]])
    assert ask_by_name(names, "rebound.example") == "127.0.0.1", "the control is led inside"
    names = Names(rebound=[[OUTSIDE], ["127.0.0.1"]])
    wires = Wires(inside)
    web = GuardedWeb(resolve=names, connect=wires)
    assert web.ask(WebQuestion("http://rebound.example/secret")).content == b"secret"
    assert wires.connected == [(OUTSIDE, 80)], "the very address that was checked"
    assert names.asked == ["rebound.example"], "asked once"
    assert Inside.asked == [("/secret", "rebound.example")], "the name stays in Host"
    with pytest.raises(FetchRefusedError, match="private"):
        web.ask(WebQuestion("http://rebound.example/secret"))
    assert len(wires.connected) == 1


def test_a_redirect_inside_is_not_followed(inside):
    wires = Wires(inside)
    names = Names(public=[[OUTSIDE]], inside=[["10.0.0.7"]])
    web = GuardedWeb(resolve=names, connect=wires)
    assert web.ask(WebQuestion("http://public.example/moved")).content == b"secret", "the control"
    with pytest.raises(FetchRefusedError, match="private"):
        web.ask(WebQuestion("http://public.example/away"))
    assert Inside.asked[-1] == ("/away", "public.example"), "nothing after it"
    assert {address for address, _ in wires.connected} == {OUTSIDE}


def test_redirects_end(inside):
    wires = Wires(inside)
    web = GuardedWeb(resolve=Names(public=[[OUTSIDE]]), connect=wires)
    with pytest.raises(FetchRefusedError, match="redirects"):
        web.ask(WebQuestion("http://public.example/round"))
    assert len(wires.connected) == MOST_REDIRECTS + 1


def test_what_carries_something_is_led_nowhere(inside):
    """A webhook going out: its body and its signature are for the one address alone."""
    web = GuardedWeb(resolve=Names(public=[[OUTSIDE]]), connect=Wires(inside))
    answer = web.ask(WebQuestion("http://public.example/moved", "POST", {"X-Sign": "s"}, b"{}"))
    assert answer.status == 302
    assert [path for path, _ in Inside.asked] == ["/moved"]


@pytest.mark.parametrize(
    "address",
    ["http://93.184.216.34@127.0.0.1/", "http://user:pass@public.example/", "http://@public.example/",
     "http://public.example:22/", "http://public.example:6379/", "https://public.example:5432/",
     "ftp://public.example/", "file:///etc/passwd", "gopher://public.example/", "//public.example/",
     "http:///", "http://public.example:99999/", "http://[::1", "javascript:x", "", "http://a b/",
     "http://public.example/" + "a" * 3000, "http://public.example:0/", "http://" + "a" * 300 + "/"],
)  # fmt: skip
def test_what_is_no_plain_web_address_is_refused_unasked(inside, address):
    wires = Wires(inside)

    def resolve(host, _):
        if host == "public.example":
            return [OUTSIDE]
        raise OSError(host)

    with pytest.raises(FetchRefusedError):
        GuardedWeb(resolve=resolve, connect=wires).ask(WebQuestion(address))
    assert wires.connected == []


def certified(folder, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return what a server of that name uses, and what a client that trusts it uses."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    day = timedelta(days=1)
    certificate = (
        x509.CertificateBuilder(who, who, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - day)
        .not_valid_after(now + day)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (folder / "both.pem").write_bytes(pem + private)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "both.pem")
    return server, ssl.create_default_context(cadata=pem.decode())


def test_tls_holds_the_name_although_the_address_was_dialled(tmp_path):
    Inside.asked, (of_server, of_client) = [], certified(tmp_path, "public.example")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Inside)
    server.socket = of_server.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        wires = Wires(server.server_port)
        names = Names(public=[[OUTSIDE]], other=[[OUTSIDE]])
        web = GuardedWeb(resolve=names, connect=wires, tls=of_client)
        assert web.ask(WebQuestion("https://public.example/secret")).content == b"secret"
        assert wires.connected == [(OUTSIDE, 443)]
        with pytest.raises(FetchRefusedError, match="SSL"):
            web.ask(WebQuestion("https://other.example/secret"))
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert [host for _, host in Inside.asked] == ["public.example"]


def test_tls_is_not_given_up(inside):
    from app.gateways.guarded_web import _next_address

    with pytest.raises(FetchRefusedError, match="TLS"):
        _next_address("https://public.example/", "http://public.example/")
    assert _next_address("http://a.example/", "https://b.example/") == "https://b.example/"


def test_who_drips_is_cut_off(inside):
    """Each byte comes in time; the whole never does."""
    web = GuardedWeb(seconds=0.5, resolve=Names(public=[[OUTSIDE]]), connect=Wires(inside))
    began = time.monotonic()
    with pytest.raises(FetchRefusedError):
        web.ask(WebQuestion("http://public.example/drip"))
    assert time.monotonic() - began < 2


def test_too_much_is_refused(inside):
    web = GuardedWeb(most_bytes=5, resolve=Names(public=[[OUTSIDE]]), connect=Wires(inside))
    with pytest.raises(FetchRefusedError, match="large"):
        web.ask(WebQuestion("http://public.example/secret"))

"""PictureSource: the web and the demo's folder keep the same promises; nothing reaches inwards."""

import http.server
import socket
import threading

import pytest

from app.domains.media.ports import PictureSource, PictureUnavailableError
from app.gateways.pictures import web
from app.gateways.pictures.web import WebPictures, is_public

PORT, REAL, LOCAL = PictureSource, WebPictures, WebPictures
"""One gateway for both: "https:" is the real side, "demo:" the local one."""
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40


class Pictures(http.server.BaseHTTPRequestHandler):
    """A web server with a picture, and with what goes wrong on the web."""

    asked: list[str]

    def do_GET(self):
        type(self).asked.append(self.path)
        kind = self.path.strip("/").partition("?")[0]
        if kind.startswith("round-"):
            return self.lead_to(f"/round-{int(kind.removeprefix('round-')) + 1}")
        if kind == "moved":
            return self.lead_to("/ring.png")
        if kind == "to-a-file":
            return self.lead_to("file:///etc/passwd")
        if kind == "short":
            return self.answer(PNG, said=len(PNG) + 10)
        if kind == "large":
            return self.answer(bytes(web.LARGEST_PICTURE + 1))
        if kind == "ring.png":
            return self.answer(PNG)
        return self.send_error(404)

    def lead_to(self, address):
        self.send_response(302)
        self.send_header("Location", address)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def answer(self, content, said=None):
        self.send_response(200)
        self.send_header("Content-Length", str(said or len(content)))
        self.end_headers()
        try:
            self.wfile.write(content)
        except OSError:
            self.close_connection = True  # the caller had enough

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def site():
    Pictures.asked = []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pictures)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(params=["real", "local"])
def source_and_root(request, tmp_path):
    if request.param == "real":
        return WebPictures(allow_private=True), request.getfixturevalue("site") + "/"
    folder = tmp_path / "pictures"
    folder.mkdir()
    (folder / "ring.png").write_bytes(PNG)
    (tmp_path / "secret.png").write_bytes(PNG)
    return WebPictures(local_folders=(folder,)), "demo:"


def test_a_picture_is_fetched_byte_for_byte(source_and_root):
    source, root = source_and_root
    assert source.fetch(f"{root}ring.png") == PNG


@pytest.mark.parametrize("name", ["absent.png", "../secret.png", "", "%2e%2e/secret.png"])
def test_what_is_not_there_is_unavailable(source_and_root, name):
    source, root = source_and_root
    with pytest.raises(PictureUnavailableError):
        source.fetch(f"{root}{name}")


def test_a_redirect_is_followed_but_not_for_ever_nor_to_a_file(site):
    source = WebPictures(allow_private=True)
    assert source.fetch(f"{site}/moved") == PNG
    with pytest.raises(PictureUnavailableError, match="redirects"):
        source.fetch(f"{site}/round-0")
    assert len([path for path in Pictures.asked if "round" in path]) == web.MOST_REDIRECTS + 1
    with pytest.raises(PictureUnavailableError, match="not a web address"):
        source.fetch(f"{site}/to-a-file")


@pytest.mark.parametrize("kind", ["large", "short"])
def test_a_picture_too_large_or_cut_short_is_unavailable(site, kind):
    with pytest.raises(PictureUnavailableError):
        WebPictures(allow_private=True).fetch(f"{site}/{kind}")


@pytest.mark.parametrize(
    "address",
    ["file:///etc/passwd", "ftp://example.com/x", "http://", "javascript:x", "", "demo:x",
     "http://[::1", "http://a:99999/", "gopher://x", "http://\x00/", "http://" + "a" * 300 + "/"],
)  # fmt: skip
def test_what_is_no_picture_s_address_is_unavailable(address):
    with pytest.raises(PictureUnavailableError):
        WebPictures().fetch(address)


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.0.0.1", "172.16.3.4", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
     "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1%eth0", "fc00::1", "::ffff:127.0.0.1",
     "::ffff:10.0.0.1", "64:ff9b:1::1", "ff02::1", "2002:7f00:1::"],
)  # fmt: skip
def test_inner_addresses_are_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "::ffff:93.184.216.34"])
def test_outer_addresses_are_public(address):
    assert is_public(address)


def test_nothing_inside_is_even_asked(site):
    """The control is above: the same server answers when inner addresses are allowed."""
    port = site.rpartition(":")[2]
    for host in (
        "127.0.0.1",
        "localhost",
        "127.1",
        "2130706433",
        "0x7f000001",
        "[::ffff:127.0.0.1]",
    ):
        with pytest.raises(PictureUnavailableError):
            WebPictures().fetch(f"http://{host}:{port}/ring.png")
    assert Pictures.asked == []


def test_a_name_with_one_inner_address_is_refused_and_the_name_is_asked_once(site, monkeypatch):
    """DNS that answers a public address first and an inner one later gains nothing."""
    port = int(site.rpartition(":")[2])
    answers, asked = [["93.184.216.34", "127.0.0.1"], ["127.0.0.1"]], []

    def getaddrinfo(host, *_, **__):
        asked.append(host)
        found = answers[min(len(asked), len(answers)) - 1]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port)) for ip in found]

    monkeypatch.setattr(web.socket, "getaddrinfo", getaddrinfo)
    with pytest.raises(PictureUnavailableError, match="private"):
        WebPictures().fetch(f"http://rebound.example:{port}/ring.png")
    assert asked == ["rebound.example"]
    assert Pictures.asked == []

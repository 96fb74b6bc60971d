"""PictureSource: the web and the demo's folder keep the same promises; nothing reaches inwards."""

import http.server
import threading

import pytest

from app.domains.media.ports import PictureSource, PictureUnavailableError
from app.gateways.guarded_web import MOST_REDIRECTS, GuardedWeb
from app.gateways.pictures import web
from app.gateways.pictures.web import WebPictures

PORT, REAL, LOCAL = PictureSource, WebPictures, WebPictures
"""One gateway for both: "https:" is the real side, "demo:" the local one."""
INSIDE = GuardedWeb(allow_private=True)
"""The control of every refusal: the same, let into this machine's own addresses."""
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
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(params=["real", "local"])
def source_and_root(request, tmp_path):
    if request.param == "real":
        return WebPictures(web=INSIDE), request.getfixturevalue("site") + "/"
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
    source = WebPictures(web=INSIDE)
    assert source.fetch(f"{site}/moved") == PNG
    with pytest.raises(PictureUnavailableError, match="redirects"):
        source.fetch(f"{site}/round-0")
    assert len([path for path in Pictures.asked if "round" in path]) == MOST_REDIRECTS + 1
    with pytest.raises(PictureUnavailableError, match="not a web address"):
        source.fetch(f"{site}/to-a-file")


@pytest.mark.parametrize("kind", ["large", "short"])
def test_a_picture_too_large_or_cut_short_is_unavailable(site, kind):
    with pytest.raises(PictureUnavailableError):
        WebPictures(web=INSIDE).fetch(f"{site}/{kind}")


@pytest.mark.parametrize(
    "address",
    ["file:///etc/passwd", "ftp://example.com/x", "http://", "javascript:x", "", "demo:x",
     "http://[::1", "http://a:99999/", "gopher://x", "http://\x00/", "http://" + "a" * 300 + "/"],
)  # fmt: skip
def test_what_is_no_picture_s_address_is_unavailable(address):
    with pytest.raises(PictureUnavailableError):
        WebPictures().fetch(address)


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

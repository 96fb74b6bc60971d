"""The SMTP server and the pages' server, together in two threads."""

import socket
import threading
from pathlib import Path
from typing import Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from werkzeug.serving import BaseWSGIServer, make_server

from tests.simulators.mail.pages import create_pages
from tests.simulators.mail.store import MailStore

LARGEST_MAIL = 10 * 1024 * 1024


class _Handler:
    """What the SMTP server calls; `refusing` answers as a server in trouble does."""

    def __init__(self, store: MailStore) -> None:
        self._store = store
        self.refusing = ""

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        del server, session
        if self.refusing:
            return self.refusing
        content = envelope.content
        raw = content if isinstance(content, bytes) else str(content).encode()
        number = self._store.add(raw, list(envelope.rcpt_tos))
        return f"250 taken as number {number}"


class MailStandIn:
    """A mail server that delivers nothing: SMTP on one port, a page and JSON on another.

    Port 0 takes a free one. Use it as a context manager, or start() and stop().
    """

    def __init__(
        self, folder: Path, *, smtp_port: int = 0, port: int = 0, host: str = "127.0.0.1"
    ) -> None:
        self.store = MailStore(folder)
        self._handler = _Handler(self.store)
        self._controller = Controller(
            self._handler,
            hostname=host,
            port=smtp_port or _free_port(host),  # the controller cannot tell us what 0 became
            data_size_limit=LARGEST_MAIL,
        )
        self._wanted = (host, port)
        self._pages: BaseWSGIServer | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    @property
    def smtp_url(self) -> str:
        """The address for SMTP_URL."""
        return f"smtp://{self._controller.hostname}:{self._controller.port}"

    @property
    def url(self) -> str:
        """The address of the page."""
        assert self._pages is not None, "start() comes first"
        return f"http://{self._pages.host}:{self._pages.port}"

    def refuse(self, answer: str = "451 try again later") -> None:
        """Refuse every mail from now on with an SMTP answer; with an empty one, take them again."""
        self._handler.refusing = answer

    def start(self) -> None:
        """Listen on both ports; returns when both answer."""
        self._controller.start()
        host, port = self._wanted
        self._pages = make_server(host, port, create_pages(self.store), threaded=True)
        threading.Thread(
            target=self._pages.serve_forever, args=(0.05,), name="mail pages", daemon=True
        ).start()

    def stop(self) -> None:
        """Close both ports."""
        if self._pages is not None:
            self._pages.shutdown()
            self._pages.server_close()
        self._controller.stop()


def _free_port(host: str) -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
    return port

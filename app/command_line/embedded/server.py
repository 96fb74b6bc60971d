"""What every embedded server is: a process of ours with its files in a folder of ours."""

import abc
import contextlib
import signal
import subprocess
from pathlib import Path
from typing import ClassVar, Self

from app.command_line.embedded import process

_LINES_OF_A_FAILURE = 8


class EmbeddedServer(abc.ABC):
    """A server that lives as long as its owner; `with` starts and stops it."""

    STOP_SIGNAL: ClassVar[signal.Signals] = signal.SIGTERM
    STOP_PATIENCE_SECONDS: ClassVar[float] = 10

    def __init__(self, home: Path) -> None:
        self._home = home
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = contextlib.ExitStack()
        self.port = 0

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    @abc.abstractmethod
    def start(self) -> str:
        """Start the server; return its address."""

    @property
    def log(self) -> Path:
        """The file that the server writes its messages to."""
        return self._home / "server.log"

    @property
    def pid(self) -> int:
        """The server's process id, 0 when it does not run."""
        return self._process.pid if self._process else 0

    def is_running(self) -> bool:
        """Say whether the server lives."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """End the server; what it has been told to keep is written."""
        if self._process is not None:
            process.end(self._process, first=self.STOP_SIGNAL, patience=self.STOP_PATIENCE_SECONDS)
            self._process = None
        self._lock.close()

    def _explain_use(self, holder: str) -> str:
        return f"{self._home} is in use by {holder}."


def read_tail(path: Path, begun: int) -> str:
    """Return the last lines that a log has gained since an offset in bytes."""
    with path.open("rb") as log:
        log.seek(begun)
        lines = log.read().decode(errors="replace").splitlines()
    return "\n".join(lines[-_LINES_OF_A_FAILURE:])


def find_left_over(note: Path, folder: Path) -> int | None:
    """Return the process that a note names, if it lives and works in this folder."""
    try:
        pid = int(note.read_text().split("\n", 1)[0])
        works_here = Path(f"/proc/{pid}/cwd").resolve() == folder.resolve()
    except (OSError, ValueError):
        return None
    return pid if works_here and process.is_alive(pid) else None

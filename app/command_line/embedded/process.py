"""Start and end programs so that none outlives its owner.

Three nets, each for what slips through the one before: the kernel signals a child whose parent
dies (Linux's parent-death signal), an owner ends the whole process group of each child, and the
next start ends whatever still carries the mark of the same state folder in its environment.
"""

import contextlib
import ctypes
import fcntl
import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from app.command_line.embedded.errors import EmbeddedServerError, StateInUseError

MARK = "GALLERIA_SUPERVISED_BY"
LOOPBACK = "127.0.0.1"
_PORTS = range(20_000, 32_000)  # below the kernel's own range, so that no client socket sits on one
_ATTEMPTS = 200
_PAUSE_SECONDS = 0.02
_SET_PARENT_DEATH_SIGNAL = 1
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class Account:
    """The user and group that a program runs as."""

    uid: int
    gid: int


def find_free_port() -> int:
    """Return a port of 127.0.0.1 that nothing listens on just now."""
    for _ in range(_ATTEMPTS):
        port = random.choice(_PORTS)  # noqa: S311 - no secret
        if is_port_free(port):
            return port
    raise EmbeddedServerError(f"No free port was found on {LOOPBACK}.")


def is_port_free(port: int) -> bool:
    """Say whether a server could listen on a port of 127.0.0.1.

    Raises PermissionError for a port below 1024 that this user may not take.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except PermissionError:
            raise
        except OSError:
            return False
    return True


def start(
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    log: IO[bytes],
    folder: Path,
    account: Account | None = None,
    death_signal: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start a program in a session of its own, its output going to `log`.

    It gets `death_signal` when the thread that started it ends: start it from the main thread.
    """
    return subprocess.Popen(
        list(command),
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        env=dict(environment),
        cwd=folder,
        start_new_session=True,
        umask=0o077,  # the state folder can be passed by everybody, so each file is private
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
        preexec_fn=_follow_parent(death_signal),  # noqa: PLW1509 - one system call, nothing allocated
    )


def _follow_parent(death_signal: signal.Signals) -> Callable[[], None]:
    """Return what a new child does before it becomes another program.

    It must come after the change of user, which clears the setting; subprocess sees to that.
    """
    parent, number = os.getpid(), int(death_signal)

    def follow() -> None:
        _libc.prctl(_SET_PARENT_DEATH_SIGNAL, number, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return follow


def end(
    *processes: subprocess.Popen[bytes],
    first: signal.Signals = signal.SIGTERM,
    patience: float = 10,
) -> None:
    """End programs together: ask all, wait `patience` seconds, then kill; and their groups.

    Each is asked once: to some programs a second signal means to drop their work.
    """
    for process in processes:
        if process.poll() is None:
            process.send_signal(first)
    wait_until(lambda: all(process.poll() is not None for process in processes), patience)
    for process in processes:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def end_stranger(pid: int, signals: Sequence[tuple[signal.Signals, float]]) -> bool:
    """End a process that is not our child: each signal in turn, with its patience in seconds."""
    for number, patience in signals:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        if wait_until(lambda: not is_alive(pid), patience):
            return True
    return not is_alive(pid)


def is_alive(pid: int) -> bool:
    """Say whether a process runs; one that has ended and waits to be collected does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in {"Z", "X"}


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Wait for a condition, at most so many seconds; say whether it came true."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(_PAUSE_SECONDS)
    return True


def end_marked(mark: str) -> int:
    """End every process that carries the mark of a state folder; return how many there were.

    Only the holder of that folder's lock may call it: then all of them are left-overs.
    """
    found = [pid for pid in _processes() if pid != os.getpid() and _mark_of(pid) == mark]
    for pid in found:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGTERM)
    for pid in found:
        end_stranger(pid, [(signal.SIGCONT, 5), (signal.SIGKILL, 5)])
    return len(found)


def _processes() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _mark_of(pid: int) -> str | None:
    prefix = f"{MARK}=".encode()
    try:
        entries = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return None
    values = (entry.removeprefix(prefix) for entry in entries if entry.startswith(prefix))
    return next(values, b"").decode(errors="replace") or None


@contextlib.contextmanager
def hold(path: Path, explain: Callable[[str], str], *, holder: str = "") -> Iterator[None]:
    """Hold a lock file while the block runs; the kernel lets go when the process dies.

    `holder` is what others are told; raises StateInUseError with what `explain` makes of theirs.
    """
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise StateInUseError(explain(file.read().strip())) from None
        file.seek(0)
        file.truncate()
        file.write(holder or f"process {os.getpid()}")
        file.flush()
        yield
        file.truncate(0)

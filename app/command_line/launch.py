"""What `./galleria` runs first: makes the virtual environment and hands over to it.

Standard library only, and run by path: nothing is installed yet when it starts. The environment's
folder is named by what is in it (the pinned requirements and Python's version), so that two
checkouts share one and a changed pin makes a new one. A marker written last says that it is
complete; a folder without it is what a crash has left, and is made again.
"""

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import platform
import pwd
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

CHECKOUT = Path(__file__).resolve().parent.parent.parent
REQUIREMENTS = CHECKOUT / "requirements" / "development.txt"
MARKER = "galleria-complete"
SECONDS_BETWEEN_LINES = 5.0
LINES_OF_A_FAILURE = 30


class SetupError(Exception):
    """The environment cannot be made; the text says why and what to do."""


def data_folder() -> Path:
    """Return the folder for what Galleria keeps on this machine.

    GALLERIA_HOME, else /var/lib/galleria for root (the embedded PostgreSQL runs as another user,
    who cannot enter root's home), else the user's own data folder.
    """
    chosen = os.environ.get("GALLERIA_HOME")
    if chosen:
        return Path(chosen).absolute()
    if os.geteuid() == 0:
        return Path("/var/lib/galleria")
    shared = os.environ.get("XDG_DATA_HOME")
    return (Path(shared) if shared else home_folder() / ".local" / "share") / "galleria"


def home_folder() -> Path:
    """Return the user's home, also where the environment does not name it."""
    return Path(os.environ.get("HOME") or pwd.getpwuid(os.geteuid()).pw_dir)


def environment_folder(requirements: Path = REQUIREMENTS) -> Path:
    """Return the folder of the virtual environment that belongs to these requirements."""
    facts = f"{sys.version_info[:2]} {platform.machine()} ".encode() + requirements.read_bytes()
    return data_folder() / "venvs" / hashlib.sha256(facts).hexdigest()[:16]


def ensure_environment(folder: Path, requirements: Path = REQUIREMENTS) -> Path:
    """Make the virtual environment unless it is complete; return its Python.

    Raises SetupError where Python lacks `venv`, the folder cannot be written or pip fails.
    """
    python = folder / "bin" / "python"
    if _is_complete(folder):
        return python
    _check_ability()
    with _one_at_a_time(folder):
        if not _is_complete(folder):
            _build(folder, requirements)
    return python


def _is_complete(folder: Path) -> bool:
    return (folder / MARKER).exists() and (folder / "bin" / "python").exists()


def _check_ability() -> None:
    if importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip"):
        return
    raise SetupError(
        f"This Python ({sys.executable}) cannot make virtual environments."
        " On Debian: apt-get install python3.11-venv"
    )


@contextlib.contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    """Hold the folder's lock; the kernel releases it when the process dies, however it dies."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        lock = folder.with_suffix(".lock").open("w")
    except OSError as error:
        raise SetupError(
            f"Cannot write to {folder.parent} ({error.strerror})."
            " Name a folder you can write to in GALLERIA_HOME."
        ) from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("Another ./galleria is installing the packages; waiting for it …")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build(folder: Path, requirements: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
    _say(f"Installing the Python packages into {folder} (once, a few minutes) …")
    started = time.monotonic()
    base = Path(sys.executable).resolve()
    _run([str(base), "-I", "-m", "venv", str(folder)], folder.with_suffix(".log"), 0)
    _run(_pip_command(folder, requirements), folder.with_suffix(".log"), _count(requirements))
    (folder / MARKER).touch()
    _say(f"Installed the Python packages in {time.monotonic() - started:.0f} s.")


def _pip_command(folder: Path, requirements: Path) -> list[str]:
    return [
        str(folder / "bin" / "python"), "-I", "-m", "pip", "install",
        "--disable-pip-version-check", "--no-input", "--progress-bar=off",
        "--require-hashes", "--only-binary=:all:", "--requirement", str(requirements),
    ]  # fmt: skip


def _count(requirements: Path) -> int:
    lines = requirements.read_text().splitlines()
    return sum("==" in line and line[0].isalnum() for line in lines)


def _run(command: list[str], log: Path, expected: int) -> None:
    with (
        log.open("a") as record,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process,
    ):
        lines = _follow(process.stdout or [], record, expected)
    if process.returncode != 0:
        tail = "".join(lines[-LINES_OF_A_FAILURE:])
        raise SetupError(f"{tail}Installing the packages failed; the whole log: {log}")


def _follow(output: Iterable[str], record: IO[str], expected: int) -> list[str]:
    """Copy a program's output to the log, and say now and then how far it is."""
    lines: list[str] = []
    collected, said_at = 0, 0.0
    for line in output:
        record.write(line)
        lines.append(line)
        collected += line.startswith(("Collecting ", "Processing "))
        is_last_step = line.startswith("Installing collected packages")
        if is_last_step:
            _say(f"  {expected} packages downloaded and checked; unpacking them …")
        elif expected and time.monotonic() - said_at > SECONDS_BETWEEN_LINES and collected:
            said_at = time.monotonic()
            _say(f"  package {collected} of {expected}")
    return lines


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _handed_over_environment() -> dict[str, str]:
    """Return the environment for the real command: ours is found wherever the caller stands."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in {"PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV"}
    }
    return {
        **kept,
        "HOME": str(home_folder()),
        "PATH": os.environ.get("PATH") or os.defpath,
        "PYTHONPATH": str(CHECKOUT),
        "PYTHONUTF8": "1",
    }


def main(arguments: list[str]) -> None:
    """Hand over to the command line inside the virtual environment; does not return."""
    try:
        python = ensure_environment(environment_folder())
    except SetupError as error:
        _say(str(error))
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    command = [str(python), "-P", "-m", "app.command_line", *arguments]
    os.execve(python, command, _handed_over_environment())  # noqa: S606 - our own Python


if __name__ == "__main__":
    main(sys.argv[1:])

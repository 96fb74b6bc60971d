"""A folder that the database's user can enter, which pytest's own temporary ones are not."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from app.command_line.embedded.folders import PASSABLE, make_folder
from app.command_line.launch import CHECKOUT, data_folder


@contextlib.contextmanager
def state_folder():
    """Make a folder that every user can pass, and throw it away."""
    scratch = data_folder() / "scratch"
    make_folder(scratch, PASSABLE)
    folder = Path(tempfile.mkdtemp(dir=scratch))
    folder.chmod(PASSABLE)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def state():
    with state_folder() as folder:
        yield folder


@pytest.fixture
def owner():
    """Run Python code as a process of its own that prints one line and then sleeps."""
    running = []

    def start(code: str) -> tuple[subprocess.Popen, str]:
        code += "\nimport sys, time\nsys.stdout.flush()\ntime.sleep(60)"
        process = subprocess.Popen(
            [sys.executable, "-c", code],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        )
        running.append(process)
        return process, process.stdout.readline().strip()

    yield start
    for process in running:
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()

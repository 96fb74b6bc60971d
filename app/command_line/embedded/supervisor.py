"""Keep programs running: start them, start them again with back-off, end them together."""

import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from app.command_line.embedded import process
from app.command_line.embedded.errors import EmbeddedServerError

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 30.0
STEADY_SECONDS = 60.0  # who has run so long is forgiven earlier falls
LARGEST_LOG_BYTES = 10 * 1024 * 1024
LINES_OF_A_FAILURE = 15
STOP_PATIENCE_SECONDS = 10.0


class Server(Protocol):
    """What the supervisor needs of an embedded server."""

    @property
    def log(self) -> Path:
        """The file with its messages."""

    def is_running(self) -> bool:
        """Say whether it lives."""

    def restart_after_crash(self) -> str:
        """Start it again where it was."""


@dataclass(slots=True)
class Program:
    """A program with its arguments, environment and log; started with start()."""

    name: str
    command: list[str]
    environment: Mapping[str, str]
    log: Path
    folder: Path
    running: subprocess.Popen[bytes] | None = None

    def is_running(self) -> bool:
        """Say whether it lives."""
        return self.running is not None and self.running.poll() is None

    def restart_after_crash(self) -> str:
        """Start it again."""
        self.start()
        return ""

    def start(self) -> None:
        """Start it; its output is added to the log, of which one earlier volume is kept."""
        if self.log.exists() and self.log.stat().st_size > LARGEST_LOG_BYTES:
            self.log.rename(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as log:
            self.running = process.start(
                self.command, environment=self.environment, log=log, folder=self.folder
            )

    def said(self) -> str:
        """Return the last lines of the log."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return "\n".join(lines[-LINES_OF_A_FAILURE:])

    def wait_until_ready(self, is_ready: Callable[[], bool], seconds: float) -> None:
        """Wait for it to serve. Raises EmbeddedServerError with its last lines."""
        process.wait_until(lambda: not self.is_running() or is_ready(), seconds)
        if not self.is_running():
            raise EmbeddedServerError(f"{self.name} ended while starting:\n{self.said()}")
        if not is_ready():
            raise EmbeddedServerError(
                f"{self.name} did not answer within {seconds:.0f} s; its messages: {self.log}"
            )


@dataclass(slots=True)
class _Watched:
    name: str
    server: Server
    started_at: float
    pause: float = FIRST_PAUSE_SECONDS
    again_at: float | None = None


@dataclass(slots=True)
class Supervisor:
    """Watches servers and programs; `say` tells the person at the terminal what happened.

    Everything happens in the caller's thread: a child is told when that thread ends.
    """

    say: Callable[[str], None]
    clock: Callable[[], float] = time.monotonic
    _watched: list[_Watched] = field(default_factory=list)
    _programs: list[Program] = field(default_factory=list)

    def watch(self, name: str, server: Server) -> None:
        """Take a running server under watch; its owner ends it."""
        self._watched.append(_Watched(name, server, self.clock()))

    def run(self, program: Program) -> None:
        """Start a program and take it under watch; stop() ends it."""
        program.start()
        self._programs.append(program)
        self.watch(program.name, program)

    def check_all_run(self) -> None:
        """Raise EmbeddedServerError with the last lines of a program that has ended."""
        for program in self._programs:
            program.wait_until_ready(lambda: True, 0)

    def look_after(self) -> None:
        """Notice what has ended, and start again what has waited long enough."""
        for watched in self._watched:
            if watched.again_at is not None:
                self._start_again(watched)
            elif not watched.server.is_running():
                self._note_fall(watched)

    def stop(self) -> None:
        """End all programs together."""
        running = [program.running for program in self._programs if program.running]
        self._watched.clear()
        self._programs.clear()
        process.end(*running, patience=STOP_PATIENCE_SECONDS)

    def _note_fall(self, watched: _Watched) -> None:
        now = self.clock()
        if now - watched.started_at > STEADY_SECONDS:
            watched.pause = FIRST_PAUSE_SECONDS
        watched.again_at = now + watched.pause
        self.say(
            f"{watched.name} has ended and starts again in {watched.pause:.0f} s;"
            f" its messages: {watched.server.log}"
        )
        watched.pause = min(watched.pause * 2, LONGEST_PAUSE_SECONDS)

    def _start_again(self, watched: _Watched) -> None:
        if watched.again_at is None or self.clock() < watched.again_at:
            return
        watched.again_at = None
        watched.started_at = self.clock()
        try:
            watched.server.restart_after_crash()
        except EmbeddedServerError as error:
            self.say(f"{watched.name}: {error}")
            return
        self.say(f"{watched.name} runs again.")

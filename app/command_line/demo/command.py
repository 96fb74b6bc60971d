"""The command itself: take the steps, say where everything is, watch, and end all of it."""

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FrameType

import click

from app.command_line.demo.settings import Given
from app.command_line.demo.state import DemoState
from app.command_line.demo.steps import STEPS, Demo
from app.command_line.embedded import process
from app.command_line.embedded.supervisor import Supervisor
from app.command_line.environment import given
from app.command_line.errors import CommandError
from app.command_line.launch import data_folder

DEFAULT_PORT = 8000
PAUSE_SECONDS = 0.25
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class _EndedError(BaseException):
    """Somebody asked the demo to end."""


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), default=DEFAULT_PORT, show_default=True)
@click.option(
    "--state",
    type=click.Path(file_okay=False, readable=False, path_type=Path),
    help="Folder for the data, the secrets and the logs.  [default: demo/ in GALLERIA_HOME]",
)
def demo(*, port: int, state: Path | None) -> None:
    """Run the whole marketplace here until Ctrl-C: database, queue, web, worker, stand-ins.

    The first start sets everything up. A second demo runs beside the first with another --port and
    another --state. When it is ready, its last line says so, with the address.
    """
    folder = (state or data_folder() / "demo").absolute()
    try:
        with _ending_on_signals():
            _run(DemoState(folder), port)
    except _EndedError:
        say("Stopped.")


def _run(state: DemoState, port: int) -> None:
    with contextlib.ExitStack() as stack:
        holder = f"the demo at http://localhost:{port} (process {os.getpid()})"
        lock = state.folder / "demo.lock"
        stack.enter_context(process.hold(lock, state.explain_use, holder=holder))
        _end_left_overs(state)
        _check_port(port)
        stack.callback(process.end_marked, state.mark)
        supervisor = Supervisor(say)
        ready = Demo(state, port, Given(given()), supervisor, stack, state.ports())
        stack.callback(supervisor.stop)
        stack.callback(_ignore_signals)  # comes first: what ends the demo cannot be cut short
        _take_steps(ready)
        _tell(ready)
        while True:
            supervisor.look_after()
            time.sleep(PAUSE_SECONDS)


def _take_steps(demo: Demo) -> None:
    say(f"Galleria's demo; its data: {demo.state.folder}")
    for step in STEPS:
        started = time.monotonic()
        click.echo(f"  {step.message} … ", nl=False)
        sys.stdout.flush()
        try:
            step.take(demo)
        except BaseException:
            say("")
            raise
        say(f"{time.monotonic() - started:.1f} s")


def _tell(demo: Demo) -> None:
    addresses = demo.where()
    host = addresses.base_domain
    lines = [
        ("Marketplace", addresses.url),
        *demo.shops,
        ("Merchants", f"http://console.{host}"),
        ("Platform", f"http://admin.{host}"),
        ("Stripe stand-in", addresses.stripe_url),
        ("Mails", addresses.mail_url),
        ("Logs", str(demo.state.logs)),
    ]
    say("")
    _table([line for line in lines if line[1]])
    if demo.sign_ins:
        say("")
        say("  Who can sign in where, with which password:")
        _table(demo.sign_ins)
        say("  They are asked for a code besides: type ./galleria demo-code beside this.")
    say("")
    say(f"ready: {addresses.url}")


def _table(rows: Sequence[tuple[str, ...]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        say("  " + "   ".join(cells).rstrip())


def _check_port(port: int) -> None:
    try:
        if process.is_port_free(port):
            return
    except PermissionError:
        raise CommandError(
            f"You may not listen on port {port}. Choose one above 1023 with --port."
        ) from None
    raise CommandError(
        f"Port {port} is taken by another program. Choose another with --port, or end that program."
    )


def _end_left_overs(state: DemoState) -> None:
    count = process.end_marked(state.mark)
    if count:
        say(f"Ended {count} processes that an earlier demo had left behind.")


@contextlib.contextmanager
def _ending_on_signals() -> Iterator[None]:
    def end(number: int, frame: FrameType | None) -> None:
        del number, frame
        _ignore_signals()
        raise _EndedError

    earlier = {number: signal.signal(number, end) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)


def _ignore_signals() -> None:
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def say(text: str) -> None:
    """Tell the person at the terminal something, at once also through a pipe."""
    click.echo(text)
    sys.stdout.flush()

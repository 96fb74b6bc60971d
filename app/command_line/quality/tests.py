"""`./galleria test`: set up what is missing, then pytest."""

import os
import sys

import click

from app.command_line.assets import build_assets
from app.command_line.catalogues import compile_catalogues
from app.command_line.environment import given
from app.command_line.launch import CHECKOUT
from app.command_line.quality.chromium import ensure_chromium

_WITHOUT_BROWSER = "not browser"
_MOST_PROCESSES = 4
_WITHOUT_NOTES = ["-p", "no:cacheprovider"]


@click.command(context_settings={"ignore_unknown_options": True})
@click.option("--nightly", is_flag=True, help="Run the large sizes too.")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def test(*, nightly: bool, arguments: tuple[str, ...]) -> None:
    """Set up what is missing and run all tests; ARGUMENTS go to pytest.

    Without ARGUMENTS, files of tests run side by side, one for each core and four at most: each
    process has servers of its own.

    Browser tests need Chromium: it is installed from Debian's packages when it is missing and we
    are root, and they are skipped with a word about it when we are not.
    """
    command = prepare_tests([*arguments, *(["--nightly"] if nightly else [])])
    os.chdir(CHECKOUT)
    sys.stdout.flush()
    os.execve(command[0], command, given())  # noqa: S606 - our own Python


test.__test__ = False  # type: ignore[attr-defined]  # pytest would take it for a test


def prepare_tests(arguments: list[str]) -> list[str]:
    """Build what the tests need; return the command that runs them."""
    build_assets()
    compile_catalogues()
    has_browser = ensure_chromium(click.echo)
    arguments = arguments or side_by_side(len(os.sched_getaffinity(0)))
    chosen = arguments if has_browser else leave_out_browser(arguments)
    keeps_notes = os.access(CHECKOUT, os.W_OK)  # of what failed last
    return [sys.executable, "-m", "pytest", *([] if keeps_notes else _WITHOUT_NOTES), *chosen]


def side_by_side(cores: int) -> list[str]:
    """Return pytest's arguments that share the files out, in the order of their names."""
    processes = min(cores, _MOST_PROCESSES)
    return ["-n", str(processes), "--dist", "loadfile", "--no-loadscope-reorder"]


def leave_out_browser(arguments: list[str]) -> list[str]:
    """Add to pytest's arguments that browser tests are left out, beside what is chosen already."""
    if "-m" not in arguments[:-1]:
        return ["-m", _WITHOUT_BROWSER, *arguments]
    place = arguments.index("-m") + 1
    chosen = f"({arguments[place]}) and {_WITHOUT_BROWSER}"
    return [*arguments[:place], chosen, *arguments[place + 1 :]]

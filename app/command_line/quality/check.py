"""`./galleria check`: every check in turn, so that one run shows all that is wrong."""

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click

from app.command_line.catalogues import catalogue_problems
from app.command_line.errors import CommandError
from app.command_line.launch import CHECKOUT
from app.command_line.quality.migrations import migration_problems
from app.command_line.quality.tests import prepare_tests
from app.command_line.roles import role_problems

TEMPLATES = ("app", "tests/simulators")


@dataclass(frozen=True, slots=True)
class Check:
    """One check: it returns whether it passed, and has said what is wrong."""

    name: str
    passes: Callable[[], bool]


def _tool(name: str, *arguments: str) -> Callable[[], bool]:
    """Return a check that runs a tool of the environment; its output is shown when it fails."""

    def passes() -> bool:
        command = [str(Path(sys.executable).parent / name), *arguments]
        done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            click.echo(done.stdout + done.stderr)
        return done.returncode == 0

    return passes


def _own(find_problems: Callable[[], list[str]]) -> Callable[[], bool]:
    """Return a check from a function that lists what is wrong."""

    def passes() -> bool:
        problems = find_problems()
        for problem in problems:
            click.echo(f"  {problem}")
        return not problems

    return passes


def _tests() -> bool:
    return subprocess.run(prepare_tests([]), cwd=CHECKOUT, check=False).returncode == 0


CHECKS = (
    Check("format", _tool("ruff", "format", "--check", ".")),
    Check("lint", _tool("ruff", "check", ".")),
    Check("types", _tool("mypy")),
    Check("imports", _tool("lint-imports")),
    Check("templates", _tool("djlint", "--lint", "--quiet", *TEMPLATES)),
    Check("migrations", _own(migration_problems)),
    Check("catalogues", _own(catalogue_problems)),
    Check("roles", _own(role_problems)),
    Check("tests", _tests),
)


@click.command()
@click.argument("names", nargs=-1, type=click.Choice([check.name for check in CHECKS]))
def check(*, names: tuple[str, ...]) -> None:
    """Run every check and then the tests, or only those NAMES; go on after a failure."""
    chosen = [each for each in CHECKS if not names or each.name in names]
    failed = [each.name for each in chosen if not _run(each)]
    if failed:
        raise CommandError(f"Failed: {', '.join(failed)}.")
    click.echo("All checks pass.")


def _run(each: Check) -> bool:
    click.echo(f"── {each.name}")
    sys.stdout.flush()
    started = time.monotonic()
    try:
        passed = each.passes()
    except CommandError as error:
        click.echo(str(error))
        passed = False
    verdict = "passed" if passed else "FAILED"
    click.echo(f"── {each.name} {verdict} in {time.monotonic() - started:.1f} s")
    return passed

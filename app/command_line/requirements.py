"""`./galleria requirements`: compile the pins, with hashes, from requirements/*.in.

The production pins come first and bind the development ones, so that tests run on what is shipped.
"""

import os
import subprocess
import sys
from pathlib import Path

import click

from app.command_line.errors import CommandError
from app.command_line.launch import CHECKOUT

_OPTIONS = (
    "--no-config", "--python-version=3.11", "--generate-hashes", "--no-emit-index-url",
    "--no-emit-find-links", "--no-header", "--quiet",
)  # fmt: skip


@click.command()
@click.option(
    "--upgrade", is_flag=True, help="Take the newest versions instead of keeping the pins."
)
def requirements(*, upgrade: bool) -> None:
    """Compile requirements/*.in to the pinned files, with hashes."""
    folder = CHECKOUT / "requirements"
    pins = CHECKOUT / "requirements.txt"
    _compile(folder / "production.in", pins, upgrade=upgrade)
    _compile(folder / "development.in", folder / "development.txt", pins, upgrade=upgrade)
    click.echo("Compiled. The next ./galleria installs what has changed.")


def _compile(source: Path, target: Path, *constraints: Path, upgrade: bool) -> None:
    click.echo(f"{source.relative_to(CHECKOUT)} → {target.relative_to(CHECKOUT)} …")
    command = [sys.executable, "-m", "uv", "pip", "compile", *_OPTIONS, source.name]
    command += ["-o", os.path.relpath(target, source.parent)]
    for constraint in constraints:
        command += ["-c", os.path.relpath(constraint, source.parent)]
    if upgrade:
        command.append("--upgrade")
    if subprocess.run(command, cwd=source.parent, check=False).returncode != 0:
        raise CommandError(f"The pins of {source.name} could not be compiled; see above.")

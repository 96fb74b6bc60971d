"""The browser of the browser tests: Debian's Chromium, installed when we may."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from app.command_line.environment import given

PROGRAM = "chromium"
PACKAGES = ("chromium",)  # its driver is Playwright's own, which comes with the Python package
_SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def find_chromium() -> Path | None:
    """Return the installed Chromium, or None."""
    found = shutil.which(PROGRAM, path=_SYSTEM_PATH)
    return Path(found) if found else None


def ensure_chromium(say: Callable[[str], None]) -> bool:
    """Install Chromium from Debian's packages when it is missing; say why where it cannot be.

    Returns whether it is there.
    """
    if find_chromium():
        return True
    reason = _why_not()
    if reason:
        say(f"Skipped: the browser tests, because Chromium is missing and {reason}.")
        return False
    say("Installing Chromium from Debian's packages (for the browser tests, once) …")
    if _install() and find_chromium():
        return True
    say("Skipped: the browser tests, because Chromium could not be installed; see above.")
    return False


def _why_not() -> str:
    if os.geteuid() != 0:
        return "only root may install it (apt-get install chromium)"
    if shutil.which("apt-get", path=_SYSTEM_PATH) is None:
        return "this system has no apt-get to install it with"
    return ""


def _install() -> bool:
    """Run apt-get; only a failure is shown."""
    environment = {
        **given(),  # a proxy, for example
        "PATH": _SYSTEM_PATH,
        "DEBIAN_FRONTEND": "noninteractive",
    }
    for arguments in (("update",), ("install", "-y", "--no-install-recommends", *PACKAGES)):
        command = ["apt-get", "-q", *arguments]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            print(done.stdout + done.stderr, flush=True)
            return False
    return True

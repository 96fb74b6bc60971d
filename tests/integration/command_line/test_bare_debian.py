"""The two commands on a Debian with Python, pip and venv, and nothing else: in a chroot of its own.

Needs root, the program debootstrap and a Debian mirror; takes some minutes.
"""

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from app.command_line import launch
from app.command_line.demo.programs import answers
from app.command_line.embedded import process
from tests.integration.command_line.conftest import state_folder
from tests.integration.command_line.test_demo import running_in

pytestmark = [
    pytest.mark.nightly,
    pytest.mark.crash,
    pytest.mark.timeout(2400),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root may make a chroot"),
    pytest.mark.skipif(shutil.which("debootstrap") is None, reason="debootstrap is not installed"),
]

SYSTEM_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
PACKAGES = "python3,python3-venv,python3-pip,ca-certificates"
ABSENT = (
    "gcc",
    "cc",
    "node",
    "npm",
    "psql",
    "postgres",
    "redis-server",
    "docker",
    "git",
    "chromium",
)
MIRROR = os.environ.get("DEBIAN_MIRROR", "http://deb.debian.org/debian")
NETWORK = ("/etc/resolv.conf", "/etc/hosts", "/etc/pip.conf", "/etc/ssl/certs/ca-certificates.crt")


@pytest.fixture(scope="module")
def debian():
    """A fresh Debian with our checkout, as it is committed, in /srv/galleria."""
    with state_folder() as root:
        command = ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", "bookworm", root]
        run([*command, MIRROR])
        for name in filter(os.path.exists, NETWORK):
            shutil.copy(name, f"{root}{name}")
        files = subprocess.run(
            ["git", "archive", "HEAD"], cwd=launch.CHECKOUT, capture_output=True, check=True
        ).stdout
        (root / "srv" / "galleria").mkdir()
        subprocess.run(["tar", "-x", "-C", root / "srv" / "galleria"], input=files, check=True)
        run(["mount", "-t", "proc", "proc", root / "proc"])
        try:
            yield root
        finally:
            run(["umount", root / "proc"])


def run(command):
    subprocess.run(command, env={"PATH": SYSTEM_PATH}, check=True, capture_output=True)


def inside(root, *arguments, **options):
    command = ["/usr/sbin/chroot", str(root), *arguments]
    return subprocess.Popen(
        command, env={"PATH": "/usr/bin:/bin"}, stderr=subprocess.STDOUT, text=True, **options
    )


def test_the_demo_comes_up_and_no_foreign_program_runs(debian):
    for program in ABSENT:
        assert shutil.which(program, path=f"{debian}/usr/bin:{debian}/usr/sbin") is None, program
    log = debian / "said.txt"
    port = process.find_free_port()
    with log.open("w") as said:
        demo = inside(debian, "/srv/galleria/galleria", "demo", f"--port={port}", stdout=said)
    is_ready = f"\nready: http://localhost:{port}\n"
    process.wait_until(lambda: demo.poll() is not None or is_ready in log.read_text(), 900)
    try:
        assert is_ready in log.read_text(), log.read_text()
        assert answers(port, "/", f"localhost:{port}")
        allowed = (f"{debian}/var/lib/galleria/venvs/", f"{debian}/usr/bin/python3.11")
        programs = [os.readlink(f"/proc/{pid}/exe") for pid in running_below(debian)]
        assert {Path(each).name for each in programs} >= {"postgres", "valkey-server"}
        assert [each for each in programs if not each.startswith(allowed)] == []
    finally:
        demo.send_signal(signal.SIGTERM)
        assert demo.wait(60) == 0
    assert process.wait_until(lambda: not running_below(debian) and not running_in(debian), 10)


def test_the_tests_bring_their_own_browser(debian):
    tests = ("-q", "tests/unit/command_line", "tests/contracts/test_mail_stand_in.py")
    done = inside(debian, "/srv/galleria/galleria", "test", *tests, stdout=subprocess.PIPE)
    said, _ = done.communicate(timeout=900)
    assert done.returncode == 0, said
    assert "Installing Chromium from Debian's packages" in said
    assert (debian / "usr" / "bin" / "chromium").exists()


def running_below(root):
    """Every process whose root folder is the chroot."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if os.readlink(entry / "root") == str(root):
                    found.append(int(entry.name))
            except OSError:
                continue
    return found

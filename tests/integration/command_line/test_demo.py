"""`./galleria demo` as a person runs it: with nothing but Python in the path, on real processes."""

import json
import os
import re
import signal
import subprocess
import time
import urllib.request
from pathlib import Path

import psutil
import psycopg
import pytest

from app.command_line import launch
from app.command_line.demo.programs import answers
from app.command_line.demo.state import DemoState
from app.command_line.embedded import process, test_servers
from app.command_line.embedded.folders import PASSABLE
from tenants import bootstrap
from tests.browser.purchase import (
    GOOD_CARD,
    fill_card,
    fill_details,
    order,
    pay,
    take_to_checkout,
    wait_until_it_stands,
)
from tests.integration.command_line.conftest import state_folder

pytestmark = [pytest.mark.crash, pytest.mark.enable_socket]

SCRIPT = str(launch.CHECKOUT / "galleria")
PATIENCE_SECONDS = 300


class RunningDemo:
    """A demo in a process of its own, and what it has said so far."""

    def __init__(self, state: Path, port: int, given: dict[str, str] | None = None) -> None:
        self.state = state
        self.port = port
        self._log = state.parent / f"{state.name}-{port}-{time.monotonic_ns()}.txt"
        environment = {"PATH": "/usr/bin:/bin", "GALLERIA_HOME": str(launch.data_folder())}
        environment |= given or {}
        with self._log.open("w") as log:
            self.process = subprocess.Popen(
                [SCRIPT, "demo", "--port", str(port), "--state", str(state)],
                env=environment,
                cwd="/",
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    @property
    def said(self) -> str:
        return self._log.read_text()

    def wait_until_ready(self) -> "RunningDemo":
        waiting = process.wait_until(
            lambda: self.process.poll() is not None or self.is_ready(), PATIENCE_SECONDS
        )
        assert waiting, self.said
        assert self.is_ready(), self.said
        return self

    def is_ready(self) -> bool:
        return f"\nready: http://localhost:{self.port}\n" in self.said

    def serves(self) -> bool:
        return answers(self.port, "/readyz", f"localhost:{self.port}")

    def descendants(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def stand_in(self, name: str) -> int:
        found = re.search(rf"{name} +http://127\.0\.0\.1:(\d+)", self.said)
        assert found, self.said
        return int(found[1])

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(60)


class Demos:
    """Starts demos below one folder, and ends what is left of them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._started: list[RunningDemo] = []

    def __call__(self, name: str = "one", port: int = 0, **options) -> RunningDemo:
        state = self._folder / name
        state.mkdir(exist_ok=True)
        state.chmod(PASSABLE)
        self._started.append(RunningDemo(state, port or process.find_free_port(), **options))
        return self._started[-1]

    def end(self) -> None:
        for demo in self._started:
            demo.process.kill()
            demo.process.wait()
            process.end_marked(DemoState(demo.state).mark)
        assert process.wait_until(lambda: not running_in(self._folder), 30)


@pytest.fixture
def start(state):
    demos = Demos(state)
    yield demos
    demos.end()


@pytest.fixture(scope="module")
def demo():
    """One demo for all tests that only look."""
    with state_folder() as folder:
        demos = Demos(folder)
        try:
            yield demos().wait_until_ready()
        finally:
            demos.end()


def running_in(folder: Path) -> list[int]:
    """Every process that works below a folder or names it in its arguments."""
    found = []
    for each in psutil.process_iter(["pid", "cmdline", "cwd"]):
        facts = [*(each.info["cmdline"] or []), each.info["cwd"] or ""]
        if each.pid != os.getpid() and any(str(folder) in fact for fact in facts):
            found.append(each.pid)
    return found


def test_it_tells_where_everything_is_and_then_that_it_is_ready(demo):
    assert demo.said.count("ready: ") == 1
    assert demo.said.endswith(f"ready: http://localhost:{demo.port}\n")
    assert demo.serves()
    assert answers(demo.port, "/", f"localhost:{demo.port}")
    assert answers(demo.stand_in("Mails"), "/messages.json", "localhost")
    assert answers(demo.stand_in("Stripe stand-in"), "/", "localhost")


@pytest.mark.browser
def test_a_browser_buys_the_mail_comes_and_the_books_are_right(demo, chromium):
    """From the shop's home page to the confirmation, on everything that the demo runs."""
    page = chromium.new_page(base_url=f"http://holunder-erz.localhost:{demo.port}")
    page.goto("/en/")
    page.locator(".product-card:not(:has-text('Sold out')) a").first.click()
    take_to_checkout(page)
    fill_details(page, "ada.demo@example.com")
    order(page)
    fill_card(page, GOOD_CARD)
    pay(page)
    wait_until_it_stands(page)
    number = re.search(r"[2-9A-Z]{4}-[2-9A-Z]{4}", page.inner_text("main"))[0]
    page.close()
    assert process.wait_until(lambda: mails_to(demo, "ada.demo@example.com"), 30)
    (mail,) = mails_to(demo, "ada.demo@example.com")
    assert number in mail["subject"] + mail["text"]
    told = subprocess.run(
        [SCRIPT, "ledger", "check"],
        env={
            "PATH": "/usr/bin:/bin",
            "GALLERIA_HOME": str(launch.data_folder()),
            "GALLERIA_STATE": str(demo.state),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stdout + told.stderr
    assert "The books are right." in told.stdout


def mails_to(demo: RunningDemo, address: str) -> list[dict[str, str]]:
    url = f"http://127.0.0.1:{demo.stand_in('Mails')}/messages.json?to={address}"
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.loads(answer.read())


def test_no_program_runs_but_ours_and_python(demo):
    environment = launch.environment_folder()
    python = (environment / "bin" / "python").resolve()
    programs = {Path(os.readlink(f"/proc/{each.pid}/exe")) for each in demo.descendants()}
    foreign = [each for each in programs if each != python and environment not in each.parents]
    assert {each.name for each in programs} >= {"postgres", "valkey-server", python.name}
    assert foreign == []


def test_what_is_secret_is_for_its_owner_only(demo):
    for name in ("secrets.json", "access.json", "ports.json"):
        assert (demo.state / name).stat().st_mode & 0o077 == 0, name
    secrets = json.loads((demo.state / "secrets.json").read_text())
    arguments = " ".join(" ".join(each.cmdline()) for each in demo.descendants())
    shown = {name for name, value in secrets.items() if value in arguments}
    assert shown <= {
        "STRIPE_WEBHOOK_SECRETS"
    }  # the stand-in's own, an argument of its command line


def test_a_state_in_use_and_a_port_that_is_taken_are_told_in_a_sentence(demo, start):
    same_state = RunningDemo(demo.state, process.find_free_port())
    assert same_state.process.wait(60) == 1
    assert f"is in use by the demo at http://localhost:{demo.port} (process" in same_state.said
    same_port = start("two", demo.port)
    assert same_port.process.wait(60) == 1
    assert f"Port {demo.port} is taken by another program." in same_port.said
    assert "Traceback" not in same_state.said + same_port.said
    assert demo.serves()


def test_a_second_one_runs_beside_the_first_and_ends_without_a_trace(demo, start):
    second = start("two").wait_until_ready()
    assert demo.serves()
    assert second.serves()
    assert second.end() == 0
    assert second.said.endswith("Stopped.\n")
    assert process.wait_until(lambda: not running_in(second.state), 5), running_in(second.state)
    assert not (second.state / "access.json").exists()
    assert demo.serves()


def test_servers_of_the_machine_are_used_and_nothing_embedded_starts_for_them(start, state):
    with test_servers(state / "own", {}) as own:
        dsn = bootstrap.create_database(own.superuser_dsn, "own")
        given = {"DATABASE_URL": dsn, "REDIS_URL": own.redis_url, "SMTP_URL": "smtp://127.0.0.1:9"}
        demo = start("one", given=given).wait_until_ready()
        assert demo.serves()
        names = {each.name() for each in demo.descendants()}
        assert not names & {"postgres", "valkey-server"}
        assert not (demo.state / "postgres").exists()
        assert "Mails" not in demo.said
        assert demo.end() == 0
        with psycopg.connect(dsn) as connection:
            shops = connection.execute("SELECT count(*) FROM directory.shop").fetchone()
        assert shops is not None
        assert shops[0] >= 1


def test_what_falls_is_started_again_and_said(demo):
    programs = {
        "postgres -D": "PostgreSQL",
        "valkey-server": "Valkey",
        " gunicorn ": "web",
        " workers relay": "relay",
    }
    children = psutil.Process(demo.process.pid).children()
    lines = {each.pid: " ".join(each.cmdline()) for each in children}
    for words in programs:
        os.kill(next(pid for pid, line in lines.items() if words in line), signal.SIGKILL)
    for name in programs.values():
        assert process.wait_until(lambda name=name: f"{name} runs again." in demo.said, 30), (
            demo.said
        )
    assert process.wait_until(demo.serves, 30)


def test_a_crash_leaves_no_process_and_the_next_start_finds_the_same_secrets(start):
    first = start().wait_until_ready()
    pids = [each.pid for each in first.descendants()]
    secrets = (first.state / "secrets.json").read_text()
    first.end(signal.SIGKILL)
    second = start(port=first.port).wait_until_ready()
    assert not any(map(process.is_alive, pids))
    assert second.serves()
    assert (second.state / "secrets.json").read_text() == secrets
    assert second.end(signal.SIGINT) == 0


@pytest.mark.parametrize(("dots", "seconds"), [("", 1.5), ("....", 0.1)])
def test_a_crash_while_shops_are_opened_is_made_good(start, dots, seconds):
    """Early, and after as many of the six times that a shop's pictures are made."""
    first = start()
    told = f"Demo shops, their products and pictures … {dots}"
    assert process.wait_until(lambda: told in first.said, PATIENCE_SECONDS), first.said
    time.sleep(seconds)
    assert "Stand-in for mail" not in first.said, "the shops are open already"
    first.end(signal.SIGKILL)
    second = start().wait_until_ready()
    hosts = set(re.findall(rf"http://([a-z0-9-]+\.localhost:{second.port})\n", second.said))
    shops = {host for host in hosts if not host.startswith(("console.", "admin."))}
    assert shops
    for host in shops:
        assert answers(second.port, "/", host), host
    assert second.end() == 0


def test_ending_it_on_its_way_up_leaves_nothing(start):
    coming = start()
    assert process.wait_until(lambda: "Valkey" in coming.said, PATIENCE_SECONDS)
    time.sleep(0.2)
    assert coming.end() == 0
    assert process.wait_until(lambda: not running_in(coming.state), 5)

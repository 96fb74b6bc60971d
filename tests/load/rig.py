"""A marketplace of real processes, to be killed and started again."""

import json
import os
import secrets
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import psycopg

from app.command_line.demo.programs import answers
from app.command_line.embedded import EmbeddedPostgres, EmbeddedValkey
from app.command_line.embedded.folders import PASSABLE, make_folder
from app.command_line.embedded.process import find_free_port
from app.command_line.embedded.supervisor import Program
from app.command_line.launch import data_folder
from tenants import bootstrap
from tests.conftest import ROOT, make_environment
from tests.simulators.mail import MailStandIn
from tests.simulators.stripe import StripeStandIn

START_SECONDS = 60.0
GROUPS = {"web": "web", "worker": "worker", "scheduler": "worker", "relay": "relay"}
KILLED = ("web", "worker", "relay", "PostgreSQL", "Valkey")


class Rig:
    """Database (fsync on), queue, web, worker, scheduler and relay; stand-ins in this process."""

    def __init__(self, name: str, password_secret: str) -> None:
        folder = data_folder() / "test" / name
        shutil.rmtree(folder, ignore_errors=True)
        make_folder(folder, PASSABLE)
        self.folder, self.port = folder, find_free_port()
        self.base_domain = f"localhost:{self.port}"
        self.clock_file = folder / "clock"
        self.postgres, self.valkey = EmbeddedPostgres(folder), EmbeddedValkey(folder)
        self.stripe = StripeStandIn(
            webhook_url=f"http://{self.base_domain}/webhooks/stripe",
            webhook_secret="whsec_" + secrets.token_hex(8),
        )
        self.mail = MailStandIn(folder / "mail")
        self.programs: dict[str, Program] = {}
        self._password_secret = password_secret
        self._secrets: dict[str, str] = {}

    def __enter__(self) -> "Rig":
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for program in self.programs.values():
            kill_tree(program)
        self.stripe.stop()
        self.mail.stop()
        self.valkey.stop()
        self.postgres.stop()

    def _start(self) -> None:
        self.dsn = bootstrap.create_database(self.postgres.start(), "galleria")
        self.server = bootstrap.DatabaseServer(self.dsn, {"main": self.dsn})
        bootstrap.prepare(self.server, password_secret=self._password_secret, spares=1)
        self.redis_url = self.valkey.start()
        self.stripe.start()
        self.mail.start()
        for name, group in GROUPS.items():
            self.programs[name] = self._program(name, self.environment(group))
            self.programs[name].start()
        self.wait_for_web()

    def environment(self, group: str) -> dict[str, str]:
        """Return the environment of a group of processes; all share the secrets and the clock."""
        made = make_environment(
            self.server, self, self.stripe, self._password_secret, group, self.folder
        )
        shared = ("SECRET_KEYS", "SEALING_KEYS", "BLIND_INDEX_KEY")
        self._secrets = self._secrets or {name: made[name] for name in shared}
        return {
            **made,
            **self._secrets,
            "BASE_DOMAIN": self.base_domain,
            "CLOCK_OFFSET_FILE": str(self.clock_file),
            "SMTP_URL": self.mail.smtp_url,
            "LOG_LEVEL": "WARNING",
            "POOL_SIZE": "12",
        }

    def _program(self, name: str, environment: dict[str, str]) -> Program:
        web = [
            "gunicorn", "wsgi:application", f"--bind=127.0.0.1:{self.port}",
            "--worker-class=gthread", "--workers=2", "--threads=8", "--no-control-socket",
        ]  # fmt: skip
        arguments = web if name == "web" else ["workers", name]
        surroundings = {**environment, "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-P", "-m", *arguments]
        return Program(name, command, surroundings, self.folder / f"{name}.log", Path(ROOT))

    def kill(self, name: str, *, whole: bool = True) -> None:
        """Kill -9; of the web server one worker alone, where it is not the `whole`."""
        if name == "PostgreSQL":
            os.kill(self.postgres.pid, signal.SIGKILL)
        elif name == "Valkey":
            os.kill(self.valkey.pid, signal.SIGKILL)
        elif name == "web" and not whole:
            psutil.Process(self.programs[name].running.pid).children()[0].kill()
        else:
            kill_tree(self.programs[name])

    def start_again(self, name: str) -> None:
        """Start what was killed, as a service manager would."""
        if name == "PostgreSQL":
            self.postgres.restart_after_crash()
        elif name == "Valkey":
            self.valkey.restart_after_crash()
        for program in self.programs.values():
            if not program.is_running():
                program.start()

    def wait_for_web(self) -> None:
        self.programs["web"].wait_until_ready(
            lambda: answers(self.port, "/readyz", self.base_domain), START_SECONDS
        )

    def ask(self, query: str, *parameters: Any) -> list[Any]:
        """Ask the database as its superuser."""
        with psycopg.connect(self.dsn) as connection:
            return connection.execute(query.encode(), parameters).fetchall()

    def wait_for(self, query: str, seconds: float) -> float:
        """Wait until a count is 0; return how long that took."""
        began = time.monotonic()
        while left := self.ask(query)[0][0]:
            if time.monotonic() - began > seconds:
                raise AssertionError(f"{left} left after {seconds} s: {query}\n{self.said()}")
            time.sleep(0.2)
        return time.monotonic() - began

    def said(self) -> str:
        return "\n".join(f"--- {name}\n{p.said()}" for name, p in self.programs.items())

    def move_clock(self, seconds: float) -> None:
        self.clock_file.write_text(json.dumps(seconds))


def kill_tree(program: Program) -> None:
    """Kill -9 a program and all that it started."""
    if program.running is None or program.running.poll() is not None:
        return
    parent = psutil.Process(program.running.pid)
    for process in [parent, *parent.children(recursive=True)]:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    program.running.wait(10)

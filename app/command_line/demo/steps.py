"""What a demo does until it is ready, step by step; each may be repeated and then costs little."""

import contextlib
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field

from app.command_line.assets import build_assets
from app.command_line.catalogues import compile_catalogues
from app.command_line.demo import programs
from app.command_line.demo.settings import (
    CELL,
    DemoAddresses,
    Given,
    environment_for,
    stand_in_url,
)
from app.command_line.demo.state import SIGN_INS, DemoState, write_private
from app.command_line.embedded import EmbeddedPostgres, EmbeddedValkey
from app.command_line.embedded.process import MARK
from app.command_line.embedded.supervisor import Program, Supervisor
from app.command_line.errors import CommandError
from app.command_line.launch import CHECKOUT, data_folder
from tenants import bootstrap

DATABASE = "galleria"
KEPT_PICTURES = "demo-pictures"
PATIENCE_SECONDS = 60.0


@dataclass(slots=True)
class Demo:
    """A demo on its way up, and then running; `stack` takes down what has been started."""

    state: DemoState
    port: int
    given: Given
    supervisor: Supervisor
    stack: contextlib.ExitStack
    ports: dict[str, int]
    superuser_dsn: str = ""
    redis_url: str = ""
    addresses: DemoAddresses | None = None
    shops: list[tuple[str, str]] = field(default_factory=list)
    sign_ins: list[tuple[str, str, str]] = field(default_factory=list)

    def where(self) -> DemoAddresses:
        """Return the addresses. Raises LookupError before the database is there."""
        if self.addresses is None:
            raise LookupError("the addresses are known once the database is prepared")
        return self.addresses

    def environment(self, group: str) -> dict[str, str]:
        """Return the environment of a group of processes."""
        return environment_for(group, state=self.state, given=self.given, addresses=self.where())


@dataclass(frozen=True, slots=True)
class Step:
    """A step and what it is called while it is taken."""

    message: str
    take: Callable[[Demo], None]


def _start_postgres(demo: Demo) -> None:
    demo.superuser_dsn = demo.given.database_url
    if demo.superuser_dsn:
        return
    postgres = EmbeddedPostgres(demo.state.folder)
    demo.stack.callback(postgres.stop)
    demo.superuser_dsn = postgres.start()
    demo.supervisor.watch("PostgreSQL", postgres)


def _start_valkey(demo: Demo) -> None:
    demo.redis_url = demo.given.redis_url
    if demo.redis_url:
        return
    valkey = EmbeddedValkey(demo.state.folder)
    demo.stack.callback(valkey.stop)
    demo.redis_url = valkey.start()
    demo.supervisor.watch("Valkey", valkey)


def _build_assets(demo: Demo) -> None:
    del demo
    build_assets()


def _compile_catalogues(demo: Demo) -> None:
    del demo
    compile_catalogues()


def _prepare_database(demo: Demo) -> None:
    dsn = demo.superuser_dsn
    if not demo.given.database_url:
        dsn = bootstrap.create_database(dsn, DATABASE)
    server = bootstrap.DatabaseServer(dsn, {CELL: dsn})
    secret = demo.state.secrets()["DATABASE_PASSWORD_SECRET"]
    bootstrap.prepare(server, password_secret=secret)
    demo.addresses = DemoAddresses(
        port=demo.port,
        database=server,
        redis_url=demo.redis_url,
        stripe_url="" if demo.given.has_stripe else stand_in_url(demo.ports["stripe"]),
        mail_url="" if demo.given.smtp_url else stand_in_url(demo.ports["mail"]),
        smtp_url=demo.given.smtp_url or f"smtp://127.0.0.1:{demo.ports['smtp']}",
    )


def _allow_operators(demo: Demo) -> None:
    """Let commands typed beside the running demo reach it."""
    settings = {**demo.environment("tools"), "DATABASE_URL": demo.where().database.directory}
    settings["DATABASE_PASSWORD_SECRET"] = demo.state.secrets()["DATABASE_PASSWORD_SECRET"]
    del settings[MARK]  # an operator's command is no part of the demo and outlives it
    given = demo.given.environment
    ours = {name: value for name, value in settings.items() if given.get(name) != value}
    write_private(demo.state.access_file, ours)
    demo.stack.callback(demo.state.access_file.unlink, missing_ok=True)


def _start_stripe(demo: Demo) -> None:
    addresses, port = demo.where(), demo.ports["stripe"]
    if not addresses.stripe_url:
        return
    program = programs.stripe_stand_in(
        demo.state, demo.environment("web"), port=port, addresses=addresses
    )
    _run(demo, program, port, "/")


def _start_mail(demo: Demo) -> None:
    if not demo.where().mail_url:
        return
    port = demo.ports["mail"]
    program = programs.mail_stand_in(
        demo.state, demo.environment("web"), port=port, smtp_port=demo.ports["smtp"]
    )
    _run(demo, program, port, "/healthz")


def _start_web(demo: Demo) -> None:
    program = programs.web(demo.state, demo.environment("web"), port=demo.port)
    _run(demo, program, demo.port, "/readyz")


def _start_background(demo: Demo) -> None:
    groups = {
        "worker": "worker",
        "scheduler": "worker",
        "relay": "relay",
        "builder": "builder",
        "sealer": "sealer",
    }
    for name, group in groups.items():
        demo.supervisor.run(programs.background(demo.state, demo.environment(group), name))


def _check_all_run(demo: Demo) -> None:
    """Look once more at those that answer to nobody: a wrong start shows within seconds."""
    demo.supervisor.check_all_run()


def _open_shops(demo: Demo) -> None:
    """Open the demo shops, in a process of its own: it needs connections, the demo does not."""
    environment = {**demo.environment("tools"), "LOG_LEVEL": "WARNING"}
    folders = [str(demo.state.folder), str(data_folder() / KEPT_PICTURES)]
    command = [sys.executable, "-P", "-m", "app.command_line.demo.shops", *folders]
    done = subprocess.run(command, env=environment, cwd=CHECKOUT, check=False)
    if done.returncode:
        raise CommandError("The demo shops could not be opened; the lines above say why.")
    people = json.loads((demo.state.folder / SIGN_INS).read_text())
    host = demo.where().base_domain
    for slug, person in people.items():
        console = "admin" if slug == "admin" else "console"
        demo.sign_ins.append((f"http://{console}.{host}", person["email"], person["password"]))
        if "shop" in person:
            demo.shops.append((person["shop"], f"http://{slug}.{host}"))


def _run(demo: Demo, program: Program, port: int, path: str) -> None:
    """Start a program and wait until it serves."""
    demo.supervisor.run(program)
    host = f"localhost:{port}"
    program.wait_until_ready(lambda: programs.answers(port, path, host), PATIENCE_SECONDS)


STEPS = (
    Step("Styles and scripts", _build_assets),
    Step("Languages of the interface", _compile_catalogues),
    Step("PostgreSQL", _start_postgres),
    Step("Valkey", _start_valkey),
    Step("Tables, roles and spare schemas", _prepare_database),
    Step("Access for ./galleria's other commands", _allow_operators),
    Step("Demo shops, their products and pictures", _open_shops),
    Step("Stand-in for mail", _start_mail),
    Step("Stand-in for Stripe", _start_stripe),
    Step("Worker, scheduler, relay, builder and sealer", _start_background),
    Step("Web", _start_web),
    Step("A last look at all of them", _check_all_run),
)

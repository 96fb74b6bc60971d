"""A place to measure in: servers, a marketplace and programs of their own, made anew each time."""

import contextlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from app.command_line.demo.programs import answers, stripe_stand_in
from app.command_line.demo.settings import CELL, DemoAddresses, Given, environment_for, stand_in_url
from app.command_line.demo.state import DemoState
from app.command_line.embedded import EmbeddedPostgres, EmbeddedValkey, process
from app.command_line.embedded.supervisor import Program
from app.command_line.launch import CHECKOUT, data_folder
from app.foundation.configuration import load_configuration
from app.wiring import wire
from tenants import bootstrap

DATABASE = "galleria_bench"
PATIENCE_SECONDS = 60.0
WEB_THREADS = 4


@dataclass(slots=True)
class Place:
    """Servers that run, and how to start programs beside them."""

    state: DemoState
    postgres: EmbeddedPostgres
    addresses: DemoAddresses
    stack: contextlib.ExitStack

    @property
    def dsn(self) -> str:
        """The superuser's address of the database."""
        return self.addresses.database.directory

    def environment(self, group: str) -> dict[str, str]:
        """Return the environment of a group of processes."""
        environment = environment_for(
            group, state=self.state, given=Given({}), addresses=self.addresses
        )
        generous = {"LOG_LEVEL": "WARNING", "RATE_LIMIT_FACTOR": "100000"}
        return {**environment, **generous, "PATH": str(Path(sys.executable).parent)}

    def start_web(self, application: str, port: int, more: dict[str, str] | None = None) -> Program:
        """Start one process of gunicorn with threads, as production runs several of."""
        command = [
            sys.executable, "-P", "-m", "gunicorn", application,
            f"--bind={process.LOOPBACK}:{port}", "--worker-class=gthread", "--workers=1",
            f"--threads={WEB_THREADS}", "--no-control-socket", "--keep-alive=60",
            f"--chdir={CHECKOUT}",
        ]  # fmt: skip
        name = application.partition(":")[0].rpartition(".")[2]
        environment = {**self.environment("web"), **(more or {})}
        program = Program(name, command, environment, self.state.logs / f"{name}.log", CHECKOUT)
        self.run(program)
        host = self.addresses.base_domain
        program.wait_until_ready(lambda: answers(port, "/readyz", host), PATIENCE_SECONDS)
        return program

    def start_stripe(self) -> None:
        """Start the stand-in for Stripe, which plays what is outside the machine."""
        port = int(self.addresses.stripe_url.rpartition(":")[2])
        program = stripe_stand_in(
            self.state, self.environment("web"), port=port, addresses=self.addresses
        )
        self.run(program)
        host = f"localhost:{port}"
        program.wait_until_ready(lambda: answers(port, "/", host), PATIENCE_SECONDS)

    def run(self, program: Program) -> None:
        """Start a program, to be ended with the place."""
        program.start()
        self.stack.callback(lambda: process.end(program.running) if program.running else None)


@contextlib.contextmanager
def benchmark_place(*, spares: int = 1) -> Iterator[Place]:
    """Make a marketplace in a database of its own, and wire this process to it."""
    state = DemoState(data_folder() / "bench")
    with contextlib.ExitStack() as stack:
        stack.enter_context(process.hold(state.folder / "bench.lock", state.explain_use))
        postgres, valkey = EmbeddedPostgres(state.folder), EmbeddedValkey(state.folder)
        stack.callback(postgres.stop)
        superuser = postgres.start()
        stack.callback(valkey.stop)
        redis_url = valkey.start()
        server = _fresh_database(superuser)
        secret = state.secrets()["DATABASE_PASSWORD_SECRET"]
        bootstrap.prepare(server, password_secret=secret, spares=spares)
        addresses = DemoAddresses(
            port=process.find_free_port(), database=server, redis_url=redis_url,
            stripe_url=stand_in_url(process.find_free_port()), mail_url="",
            smtp_url="smtp://127.0.0.1:9",
        )  # fmt: skip
        place = Place(state, postgres, addresses, stack)
        (state.stand_ins / "stripe.sqlite").unlink(missing_ok=True)
        wire(load_configuration(place.environment("tools")))
        yield place


def _fresh_database(superuser: str) -> bootstrap.DatabaseServer:
    with psycopg.connect(superuser, autocommit=True) as connection:
        connection.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(DATABASE))
        )
    dsn = bootstrap.create_database(superuser, DATABASE)
    return bootstrap.DatabaseServer(dsn, {CELL: dsn})

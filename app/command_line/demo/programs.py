"""The programs that a demo runs, as a server would run them (see Procfile)."""

import http.client
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

from app.command_line.demo.settings import DemoAddresses
from app.command_line.demo.state import DemoState
from app.command_line.embedded.process import LOOPBACK
from app.command_line.embedded.supervisor import Program
from app.command_line.launch import CHECKOUT

WEB_WORKERS = 2
WEB_THREADS = 8
_HTTP_OK = 200


def stripe_stand_in(
    state: DemoState, environment: Mapping[str, str], *, port: int, addresses: DemoAddresses
) -> Program:
    """Describe the stand-in for Stripe, which calls our webhooks."""
    secrets = environment["STRIPE_WEBHOOK_SECRETS"].split(",")
    return _python(
        state,
        environment,
        "Stripe stand-in",
        "tests.simulators.stripe",
        f"--port={port}",
        f"--host={LOOPBACK}",
        f"--state={state.stand_ins / 'stripe.sqlite'}",
        f"--webhook-url={addresses.webhook_url}",
        f"--webhook-secret={secrets[0]}",
        f"--public-url={addresses.stripe_url}",
    )


def mail_stand_in(
    state: DemoState, environment: Mapping[str, str], *, port: int, smtp_port: int
) -> Program:
    """Describe the stand-in for the mail server."""
    return _python(
        state,
        environment,
        "Mail stand-in",
        "tests.simulators.mail",
        f"--port={port}",
        f"--smtp-port={smtp_port}",
        f"--host={LOOPBACK}",
        f"--state={state.stand_ins / 'mail'}",
    )


def web(state: DemoState, environment: Mapping[str, str], *, port: int) -> Program:
    """Describe the web server, on both loopback addresses where there are two."""
    binds = [f"--bind={LOOPBACK}:{port}"] + ([f"--bind=[::1]:{port}"] if _has_ipv6() else [])
    return _python(
        state,
        environment,
        "web",
        "gunicorn",
        "wsgi:application",
        *binds,
        "--worker-class=gthread",
        f"--workers={WEB_WORKERS}",
        f"--threads={WEB_THREADS}",
        "--no-control-socket",
        f"--chdir={CHECKOUT}",
    )


def background(state: DemoState, environment: Mapping[str, str], name: str) -> Program:
    """Describe the worker, the scheduler or the relay."""
    return _python(state, environment, name, "workers", name)


def answers(port: int, path: str, host: str) -> bool:
    """Say whether a server on 127.0.0.1 answers 200 to a path as this host."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=5)
    try:
        connection.request("GET", path, headers={"Host": host})
        return connection.getresponse().status == _HTTP_OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _python(
    state: DemoState, environment: Mapping[str, str], name: str, module: str, *arguments: str
) -> Program:
    log: Path = state.logs / f"{name.lower().replace(' ', '-')}.log"
    command = [sys.executable, "-P", "-m", module, *arguments]
    return Program(name, command, environment, log, CHECKOUT)


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True

"""Both servers together: the machine's own where it names them, embedded ones otherwise."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from app.command_line.embedded import process
from app.command_line.embedded.errors import EmbeddedServerError, StateInUseError
from app.command_line.embedded.folders import PASSABLE, make_folder
from app.command_line.embedded.postgres import EmbeddedPostgres
from app.command_line.embedded.valkey import EmbeddedValkey

MOST_TEST_RUNS = 16


@dataclass(frozen=True, slots=True)
class Servers:
    """Where the servers are; the embedded ones, where they are ours to crash and restart."""

    superuser_dsn: str
    redis_url: str
    state: Path
    postgres: EmbeddedPostgres | None = None
    valkey: EmbeddedValkey | None = None


@contextlib.contextmanager
def test_servers(folder: Path, environment: Mapping[str, str]) -> Iterator[Servers]:
    """Run the servers for a test session, quick and without safety against a crash.

    `folder` keeps a state for each run at a time (`1`, `2`, …), so that initdb is done once and two
    runs do not disturb each other. DATABASE_URL and REDIS_URL of the environment win.
    """
    with contextlib.ExitStack() as stack:
        state = stack.enter_context(_free_state(folder))
        dsn, url = environment.get("DATABASE_URL", ""), environment.get("REDIS_URL", "")
        postgres = valkey = None
        if not dsn:
            postgres = stack.enter_context(EmbeddedPostgres(state, is_durable=False))
            dsn = postgres.dsn
        if not url:
            valkey = stack.enter_context(EmbeddedValkey(state))
            url = valkey.url
        yield Servers(dsn, url, state, postgres, valkey)


test_servers.__test__ = False  # type: ignore[attr-defined]  # pytest would take it for a test


@contextlib.contextmanager
def _free_state(folder: Path) -> Iterator[Path]:
    for number in range(1, MOST_TEST_RUNS + 1):
        state = folder / str(number)
        make_folder(state, PASSABLE)
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(process.hold(state / "run.lock", str))
            except StateInUseError:
                continue
            yield state
            return
    raise EmbeddedServerError(f"All {MOST_TEST_RUNS} states in {folder} are in use by test runs.")

"""The processes beside the web: worker, scheduler, relay, builder, sealer; each until told to end."""

import signal
import threading
import time
from collections.abc import Callable
from functools import partial

import psycopg
import structlog
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from app.foundation.audit.checkpoints import Keys
from app.foundation.audit.ports import CheckpointStore
from app.foundation.audit.turns import (
    CHECKPOINT_SECONDS,
    EVERY_SECONDS,
    FORGET_SECONDS,
    Signer,
    databases,
    forget_old_rows,
    guarded,
    seal_database,
)
from app.foundation.configuration import Configuration
from app.foundation.database import DIRECTORY, cell_names
from app.foundation.delivery import platform_scope, take_due
from app.foundation.ports import port
from app.foundation.unit_of_work import unit_of_work
from tenants import builder
from workers.emptying import QueueWorker
from workers.ringing import Doorbell, queue_names
from workers.schedule import SCHEDULE, Scheduled

log = structlog.get_logger(__name__)
IDLE_SECONDS = 0.2
PAUSE_AFTER_ERROR_SECONDS = 1.0
BUILDER_PAUSE_SECONDS = 2.0


class _Ending:
    """Becomes true when the process is told to end."""

    def __init__(self) -> None:
        self._event = threading.Event()
        signal.signal(signal.SIGTERM, self._on_signal)
        signal.signal(signal.SIGINT, self._on_signal)

    def _on_signal(self, *_: object) -> None:
        self._event.set()

    def wait(self, seconds: float) -> bool:
        return self._event.wait(seconds)


def run_relay(configuration: Configuration) -> None:
    """Ring RQ for every delivery that is due, in the directory and in every cell."""
    doorbell = Doorbell(Redis.from_url(configuration.redis_url))
    ending, pause = _Ending(), 0.0
    while not ending.wait(pause):
        pause = _guarded(lambda: 0.0 if _ring_all(doorbell) else IDLE_SECONDS)


def _ring_all(doorbell: Doorbell) -> int:
    rung = 0
    for database in (DIRECTORY, *cell_names()):
        with unit_of_work(platform_scope(database)) as unit:
            due = take_due(unit)
        for queue, key in due:
            doorbell.ring(queue, key)  # type: ignore[arg-type]
        rung += len(due)
    return rung


def run_scheduler(configuration: Configuration) -> None:
    """Ring RQ for what the schedule says; running it twice is harmless."""
    doorbell = Doorbell(Redis.from_url(configuration.redis_url))
    ending, next_at = _Ending(), {job.name: 0.0 for job in SCHEDULE}
    while not ending.wait(IDLE_SECONDS):
        for job in SCHEDULE:
            if time.monotonic() >= next_at[job.name]:
                next_at[job.name] = time.monotonic() + job.every_seconds
                _guarded(partial(_ring_job, doorbell, job))


def run_builder(configuration: Configuration) -> None:
    """Keep spare schemas ready in every cell, so that opening a shop never waits for DDL."""
    directory = builder.as_owner(configuration.directory_database_url)
    cells = {cell: builder.as_owner(dsn) for cell, dsn in configuration.cell_database_urls.items()}
    ending, pause = _Ending(), 0.0
    while not ending.wait(pause):
        pause = BUILDER_PAUSE_SECONDS
        for cell, dsn in cells.items():
            pause = min(pause, _build_spare(directory, dsn, cell))


def _build_spare(directory: str, dsn: str, cell: str) -> float:
    try:
        ready = builder.keep_ready(directory, dsn, cell=cell)
    except psycopg.Error as error:
        log.exception("spare not built", cell=cell, error=type(error).__name__)
        return BUILDER_PAUSE_SECONDS
    if ready < builder.FEW:
        log.warning("few spare schemas", cell=cell, ready=ready)
        return 0.0
    return BUILDER_PAUSE_SECONDS


def run_sealer(configuration: Configuration) -> None:
    """Chain the log of every database, sign checkpoints, and forget what is old enough."""
    signer = Signer(
        port(CheckpointStore),
        Keys(configuration.audit_signing_keys, configuration.audit_public_keys),
    )
    ending, next_at = _Ending(), {"checkpoint": 0.0, "forget": 0.0}
    pause = 0.0
    while not ending.wait(pause):
        pause = EVERY_SECONDS
        for database in databases():
            _guarded(partial(_run_once, partial(seal_database, database)))
        if _is_due(next_at, "checkpoint", CHECKPOINT_SECONDS):
            _guarded(partial(_run_once, partial(guarded, signer.sign)))
        if _is_due(next_at, "forget", FORGET_SECONDS):
            for database in databases():
                _guarded(partial(_run_once, partial(forget_old_rows, database)))


def _run_once(step: Callable[[], object]) -> float:
    step()
    return 0.0


def _is_due(next_at: dict[str, float], name: str, every_seconds: float) -> bool:
    if time.monotonic() < next_at[name]:
        return False
    next_at[name] = time.monotonic() + every_seconds
    return True


def _ring_job(doorbell: Doorbell, job: Scheduled) -> float:
    for cell in cell_names():
        doorbell.ring_schedule(job.queue, job.name, cell)
    return 0.0


def _guarded(step: Callable[[], float]) -> float:
    """Run a step; where Redis or PostgreSQL is away, say so and wait a second."""
    try:
        return step()
    except (RedisError, SQLAlchemyError, OSError) as error:
        log.warning("waiting for a server", error=type(error).__name__)
        return PAUSE_AFTER_ERROR_SECONDS


def run_worker(configuration: Configuration) -> None:
    """Empty the queues, money first. A job killed here is rung again by the relay."""
    redis = Redis.from_url(configuration.redis_url)
    while True:
        try:
            worker = QueueWorker(queue_names(), connection=redis, log_job_description=False)
            worker.work(logging_level="WARNING")
        except (RedisError, OSError) as error:
            log.warning("waiting for a server", error=type(error).__name__)
            time.sleep(PAUSE_AFTER_ERROR_SECONDS)
        else:
            return

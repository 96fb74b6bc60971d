"""The sealer's turns: chain what was written, sign a checkpoint every ten minutes, forget the old.

A process and a login of its own (`python -m workers sealer`): it alone writes to the chains, and it
alone has the key that signs. It listens to nobody.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from app.foundation.audit.chain import Head
from app.foundation.audit.checkpoints import History, Keys, read_history, write_checkpoint
from app.foundation.audit.ports import (
    CheckpointExistsError,
    CheckpointStore,
    CheckpointStoreError,
)
from app.foundation.audit.sealing import (
    find_oldest_unsealed,
    forget_expired,
    list_heads,
    list_lost,
    seal,
    sealer_scope,
)
from app.foundation.clock import clock
from app.foundation.database import DIRECTORY, cell_names
from app.foundation.unit_of_work import unit_of_work

log = structlog.get_logger(__name__)

EVERY_SECONDS = 10.0
CHECKPOINT_SECONDS = 600.0
FORGET_SECONDS = 3600.0
LATE = timedelta(seconds=60)
"""How long a row may wait for its chain before the log says so (docs/log.md)."""


class ChainLostError(Exception):
    """A chain is not what the last checkpoint signed; nothing more is signed until a person looks."""


def databases() -> list[str]:
    """Return every database that has a log."""
    return [DIRECTORY, *cell_names()]


def seal_database(database: str) -> int:
    """Chain everything that is ready in a database; return how many rows."""
    rows = 0
    while True:
        with unit_of_work(sealer_scope(database)) as unit:
            done = seal(unit)
            oldest = None if done.has_more else find_oldest_unsealed(unit)
            is_late = oldest is not None and unit.now - oldest > LATE
        rows += done.rows
        if is_late:
            log.warning("rows of the log wait for their chain", database=database, since=oldest)
        if not done.has_more:
            return rows


def forget_old_rows(database: str) -> int:
    """Remove what was kept as long as it is to be kept; return how many rows."""
    rows = 0
    while True:
        with unit_of_work(sealer_scope(database)) as unit:
            gone = forget_expired(unit)
        rows += gone
        if not gone:
            return rows


@dataclass(slots=True)
class Signer:
    """Writes checkpoints, and remembers those that were written."""

    store: CheckpointStore
    keys: Keys
    _history: History | None = field(default=None, init=False)

    def sign(self) -> int:
        """Write the next checkpoint; return its number.

        Raises ChainLostError where a chain is not what was signed before, CheckpointStoreError.
        """
        history = self._history or self._read()
        try:
            number = write_checkpoint(
                self.store, self.keys, history, heads=_collect(history),
                at=clock.process_time(),
            )  # fmt: skip
        except CheckpointExistsError:
            self._history = None  # another sealer was quicker: read what it wrote, next time
            raise
        self._history = history
        return number

    def _read(self) -> History:
        history = read_history(self.store, self.keys)
        if history.faults:
            raise ChainLostError(", ".join(fault.chain for fault in history.faults[:3]))
        return history


def _collect(history: History) -> list[Head]:
    """Return the heads of every database. Raises ChainLostError."""
    heads: list[Head] = []
    for database in databases():
        with unit_of_work(sealer_scope(database)) as unit:
            lost = list_lost(unit, history.heads.values())
            heads += list_heads(unit)
        if lost:
            names = ", ".join(f"{head.database}/{head.chain}" for head in lost[:3])
            raise ChainLostError(f"not as signed: {names}")
    return heads


def guarded(step: Callable[[], object]) -> bool:
    """Run a step of the signer; say in the log what was not done; return whether it was."""
    try:
        step()
    except ChainLostError as error:
        log.exception(
            "the log was changed, nothing is signed: ./galleria audit verify", error=str(error)
        )
    except CheckpointExistsError:
        return True
    except (CheckpointStoreError, LookupError) as error:
        log.warning("no checkpoint was kept", error=str(error))
    else:
        return True
    return False

"""What the log needs from outside: a place that the platform's own database cannot change."""

from datetime import datetime
from typing import Protocol


class CheckpointExistsError(Exception):
    """A checkpoint of this name stands already; none is ever written over."""


class CheckpointStoreError(Exception):
    """The place does not answer, or refuses; nothing was kept."""


class CheckpointStore(Protocol):
    """Keeps checkpoints. What was put first under a name is what is got, whatever came later."""

    def put(self, name: str, content: bytes, *, keep_until: datetime) -> None:
        """Keep a checkpoint until an instant at least. Raises CheckpointExistsError, CheckpointStoreError."""

    def get(self, name: str) -> bytes | None:
        """Return what was first put under a name, or None."""

    def list_names(self) -> list[str]:
        """Return all names in order."""

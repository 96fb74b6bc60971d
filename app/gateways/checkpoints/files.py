"""Checkpoints in a folder, for the demo and for one machine."""

import os
import secrets
from datetime import datetime
from pathlib import Path

from app.foundation.audit.ports import CheckpointExistsError, CheckpointStoreError

READ_ONLY = 0o444


class NoCheckpoints:
    """Answers for CheckpointStore where no place is configured: nothing is kept, nothing is there."""

    def put(self, name: str, content: bytes, *, keep_until: datetime) -> None:
        """Say that there is no place."""
        del name, content, keep_until
        raise CheckpointStoreError("CHECKPOINT_URL is not set")

    def get(self, name: str) -> bytes | None:
        """Return nothing."""
        del name
        return None

    def list_names(self) -> list[str]:
        """Return no names."""
        return []


class FolderCheckpoints:
    """Answers for CheckpointStore with a folder; whoever owns the folder can still remove a file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, name: str, content: bytes, *, keep_until: datetime) -> None:
        """Keep a checkpoint; linked to its name when it is whole, which fails where one stands."""
        del keep_until
        path = self._path(name)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
            try:
                _write(part, content)
                os.link(part, path)
            finally:
                part.unlink(missing_ok=True)
        except FileExistsError:
            raise CheckpointExistsError(name) from None
        except OSError as error:
            raise CheckpointStoreError(str(error)) from error

    def get(self, name: str) -> bytes | None:
        """Return a checkpoint."""
        path = self._path(name)
        return path.read_bytes() if path.is_file() else None

    def list_names(self) -> list[str]:
        """Return all names in order."""
        if not self._folder.is_dir():
            return []
        return sorted(path.name for path in self._folder.iterdir() if not path.name.startswith("."))

    def _path(self, name: str) -> Path:
        if not name or Path(name).name != name or name.startswith("."):
            raise ValueError(name)
        return self._folder / name


def _write(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fchmod(file.fileno(), READ_ONLY)
        os.fsync(file.fileno())

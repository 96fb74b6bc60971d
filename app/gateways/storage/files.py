"""Files in a folder, for the demo and for one machine."""

import secrets
from pathlib import Path


class FolderStorage:
    """Answers for FileStorage with a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, name: str, content: bytes, content_type: str) -> None:
        """Keep a file; written beside and renamed, so that half a file is never read.

        Each writer writes beside under a name of its own: two may keep the same file at once.
        """
        del content_type
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
        part.write_bytes(content)
        part.replace(path)

    def get(self, name: str) -> bytes | None:
        """Return a file's content."""
        path = self._path(name)
        return path.read_bytes() if path.is_file() else None

    def remove(self, name: str) -> None:
        """Remove a file."""
        self._path(name).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        path = (self._folder / name).resolve()
        if not path.is_relative_to(self._folder.resolve()):
            raise ValueError(name)
        return path

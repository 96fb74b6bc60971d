"""A file for an archive of people's data: for its owner's eyes alone, and whole or not there."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from app.command_line.errors import CommandError


@contextmanager
def new_archive(path: Path) -> Iterator[IO[bytes]]:
    """Open a new file; an end before its time removes it. Raises CommandError."""
    try:
        file = open(path, "xb", opener=_for_its_owner)  # noqa: SIM115 - a Path cannot say how
    except FileExistsError:
        raise CommandError(f"{path} is there already. Name another file with --to.") from None
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}.") from None
    try:
        with file:
            yield file
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _for_its_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)

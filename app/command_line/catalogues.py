"""The interface's message catalogues: compiled when they are newer than what was compiled."""

import os
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from app.command_line.errors import CommandError
from app.command_line.launch import CHECKOUT

FOLDER = CHECKOUT / "translations"


def compile_catalogues(folder: Path = FOLDER) -> int:
    """Compile the catalogues that changed; return how many did."""
    stale = [source for source in sorted(folder.glob("*/LC_MESSAGES/*.po")) if _is_stale(source)]
    for source in stale:
        _compile(source)
    return len(stale)


def _is_stale(source: Path) -> bool:
    target = source.with_suffix(".mo")
    return not target.exists() or target.stat().st_mtime < source.stat().st_mtime


def _compile(source: Path) -> None:
    """Write the result beside its place and move it there: readers see the old or the new."""
    with source.open("rb") as text:
        catalogue = read_po(text, locale=source.parent.parent.name)
    fresh = source.with_name(f"{source.stem}.{os.getpid()}.new")
    try:
        with fresh.open("wb") as target:
            write_mo(target, catalogue)
        fresh.rename(source.with_suffix(".mo"))
    except OSError as error:
        raise CommandError(
            f"Cannot write to {source.parent} ({error.strerror}). Use a checkout of your own."
        ) from None

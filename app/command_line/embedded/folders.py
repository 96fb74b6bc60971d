"""Make a state's folders so that the database's user can pass, and nobody can look."""

from pathlib import Path

from app.command_line.embedded.errors import EmbeddedServerError

PASSABLE = 0o711
PRIVATE = 0o700


def make_folder(folder: Path, mode: int = PRIVATE) -> None:
    """Make a folder unless it is there; parents that are missing can be passed by all.

    Folders that exist keep their modes. Raises EmbeddedServerError where it cannot be made.
    """
    if folder.is_dir():
        return
    try:
        if not folder.parent.is_dir():
            make_folder(folder.parent, 0o755)
        folder.mkdir(exist_ok=True)
        folder.chmod(mode)
    except OSError as error:
        raise EmbeddedServerError(
            f"The folder {folder} cannot be made ({error.strerror}). Choose another with --state."
        ) from None

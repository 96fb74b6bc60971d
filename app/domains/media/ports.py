"""What media needs from outside: a place for files, and pictures from the web."""

from typing import ClassVar, Protocol


class FileStorage(Protocol):
    """A place for files by name; names are made of content hashes and never reused.

    The one exception is the list of the erased, which grows under its own name.
    """

    def put(self, name: str, content: bytes, content_type: str) -> None:
        """Keep a file."""

    def get(self, name: str) -> bytes | None:
        """Return a file's content, None where it is not there."""

    def remove(self, name: str) -> None:
        """Remove a file; one that is not there is removed already."""


class PictureUnavailableError(Exception):
    """The picture could not be fetched: not found, too large, too slow, or at a private address."""

    problem: ClassVar[str] = "unreachable"
    """The failure in one word, for whoever waits for the picture."""


class PictureSource(Protocol):
    """Pictures by their source: an address on the web, or a file of the demo."""

    def fetch(self, source: str) -> bytes:
        """Return a picture's bytes. Raises PictureUnavailableError."""

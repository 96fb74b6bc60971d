"""Fetching pictures for a merchant, without letting an address reach into our own network."""

from dataclasses import replace
from pathlib import Path

from app.domains.media.ports import PictureUnavailableError
from app.gateways.guarded_web import FetchRefusedError, GuardedWeb, WebQuestion

LARGEST_PICTURE = 20 * 1024 * 1024
SECONDS = 10.0
_OK = 200


class WebPictures:
    """Answers for PictureSource; `local_folders` are trusted folders of the demo's own files."""

    def __init__(
        self, *, local_folders: tuple[Path, ...] = (), web: GuardedWeb | None = None
    ) -> None:
        self._local_folders = local_folders
        self._web = replace(web or GuardedWeb(), seconds=SECONDS, most_bytes=LARGEST_PICTURE)

    def fetch(self, source: str) -> bytes:
        """Return a picture's bytes. Raises PictureUnavailableError."""
        if source.startswith("demo:"):
            return self._read_local(source.removeprefix("demo:"))
        try:
            answer = self._web.ask(WebQuestion(source, headers={"Accept": "image/*"}))
        except FetchRefusedError as error:
            raise PictureUnavailableError(str(error)) from error
        if answer.status != _OK:
            raise PictureUnavailableError(f"status {answer.status}")
        return answer.content

    def _read_local(self, name: str) -> bytes:
        for folder in self._local_folders:
            path = (folder / name).resolve()
            if path.is_relative_to(folder.resolve()) and path.is_file():
                return path.read_bytes()
        raise PictureUnavailableError("no such file")

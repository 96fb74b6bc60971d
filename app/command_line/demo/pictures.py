"""The sizes of the demo's pictures, kept for the next demo: making them takes most of a start."""

import contextlib
import hashlib
import shutil
import tempfile
from pathlib import Path

import PIL

from app.domains.media import renditions
from app.domains.media.queries import WIDTHS
from app.domains.media.renditions import Renditions, make_renditions

_SIZE = "size"


class KeptRenditions:
    """Makes a picture's sizes once for each of the ways in which they are made.

    A picture has a folder, named by its content and the way, in place only when it is complete: a
    crash leaves nothing half kept. Where nothing can be kept, each demo makes its own.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        way = f"{WIDTHS} {PIL.__version__} ".encode() + Path(renditions.__file__).read_bytes()
        self._way = hashlib.sha256(way).digest()

    def make(self, content: bytes) -> Renditions:
        """Return a picture's sizes. Raises PictureUnavailableError, as making them does."""
        place = self._folder / hashlib.sha256(self._way + content).hexdigest()
        with contextlib.suppress(OSError):
            return _read(place)
        made = make_renditions(content)
        with contextlib.suppress(OSError):
            self._keep(made, place)
        return made

    def _keep(self, made: Renditions, place: Path) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        coming = Path(tempfile.mkdtemp(dir=self._folder))
        try:
            (coming / _SIZE).write_text(f"{made.content_hash} {made.width} {made.height}")
            for width, file in made.files.items():
                (coming / str(width)).write_bytes(file)
            coming.rename(place)
        finally:
            shutil.rmtree(coming, ignore_errors=True)


def _read(place: Path) -> Renditions:
    """Return what is kept. Raises OSError where nothing is."""
    content_hash, width, height = (place / _SIZE).read_text().split()
    files = {int(file.name): file.read_bytes() for file in place.iterdir() if file.name != _SIZE}
    return Renditions(content_hash, int(width), int(height), dict(sorted(files.items())))

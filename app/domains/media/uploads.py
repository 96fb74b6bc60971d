"""Pictures that somebody sends: checked by content, made anew, kept without name and metadata.

Of what was sent nothing is kept but the pixels. A face reads at most `LARGEST_UPLOAD` + 1 bytes,
calls `read_upload`, `store_renditions`, and then `add_upload` in its unit of work.
"""

from threading import Lock

from app.domains.media.errors import (
    DrawingError,
    NotAPictureError,
    PhonePictureError,
    PictureTooDetailedError,
    PictureTooLargeError,
    PictureWithMoreError,
)
from app.domains.media.ports import FileStorage
from app.domains.media.renditions import (
    MOST_PIXELS,
    Renditions,
    TooManyPixelsError,
    UnreadablePictureError,
    make_renditions,
    rendition_name,
)
from app.domains.media.sniffing import is_drawing, is_heic, is_more_than_picture, sniff
from app.foundation.ports import port

LARGEST_UPLOAD = 20 * 1024 * 1024
_ONE_AT_A_TIME = Lock()
"""Decoding takes several hundred MB for the largest pictures: a process does it once at a time."""


def read_upload(content: bytes, *, is_mark: bool = False) -> Renditions:
    """Return what is kept of a picture that was sent; a mark stays transparent.

    Raises PictureRefusedError, by its kind.
    """
    if len(content) > LARGEST_UPLOAD:
        raise PictureTooLargeError(megabytes=LARGEST_UPLOAD // 1024**2)
    if not sniff(content):
        raise _not_a_picture(content)
    if is_more_than_picture(content):
        raise PictureWithMoreError
    try:
        with _ONE_AT_A_TIME:
            return make_renditions(content, is_mark=is_mark)
    except TooManyPixelsError as error:
        raise PictureTooDetailedError(megapixels=MOST_PIXELS // 1_000_000) from error
    except UnreadablePictureError as error:
        raise NotAPictureError from error


def _not_a_picture(content: bytes) -> NotAPictureError:
    if is_heic(content):
        return PhonePictureError()
    return DrawingError() if is_drawing(content) else NotAPictureError()


def store_renditions(made: Renditions) -> None:
    """Keep a picture's files, before anything names them; the same twice is once."""
    storage = port(FileStorage)
    for width, content in made.files.items():
        storage.put(rendition_name(made.content_hash, width), content, "image/webp")

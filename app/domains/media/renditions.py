"""Making the sizes of a picture that pages need: WebP, without metadata."""

import hashlib
import io
import struct
import zlib
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

from app.domains.media.ports import PictureUnavailableError
from app.domains.media.queries import WIDTHS
from app.domains.media.sniffing import FORMATS, sniff

MOST_PIXELS = 60_000_000
LONGEST_SIDE = 16_383
"""What WebP can hold, in pixels."""
QUALITY = 80
_BEHIND_TRANSPARENT = "white"


class UnreadablePictureError(PictureUnavailableError):
    """No picture, a broken one, or of a format that is not decoded."""

    problem = "unreadable"


class TooManyPixelsError(PictureUnavailableError):
    """More pixels than are decoded: its file may be small all the same."""

    problem = "too_detailed"


@dataclass(frozen=True, slots=True)
class Renditions:
    """A picture's hash, its size, and its files by width."""

    content_hash: str
    width: int
    height: int
    files: dict[int, bytes]


def rendition_name(content_hash: str, width: int) -> str:
    """Return the name under which a rendition is kept."""
    return f"{content_hash[:2]}/{content_hash}-{width}.webp"


def make_renditions(content: bytes, *, is_mark: bool = False) -> Renditions:
    """Decode a picture and make its sizes; a mark stays transparent, to stand on any ground.

    Raises UnreadablePictureError and TooManyPixelsError, both PictureUnavailableError.
    """
    picture = _decode(content, is_mark=is_mark)
    widths = [width for width in WIDTHS if width <= picture.width] or [picture.width]
    files = {width: _rendition(picture, width) for width in widths}
    is_other = picture.mode == "RGBA"  # the same file as a plain picture has files of its own
    content_hash = hashlib.sha256(b"mark" * is_other + content).hexdigest()[:32]
    return Renditions(content_hash, picture.width, picture.height, files)


def _decode(content: bytes, *, is_mark: bool) -> Image.Image:
    """Return the pixels alone, upright; the size is looked at before anything is decoded."""
    found = sniff(content)
    if found not in FORMATS:
        raise UnreadablePictureError("not a picture")
    try:
        with Image.open(io.BytesIO(content), formats=(found,)) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise TooManyPixelsError("too many pixels")
            if max(opened.size) > LONGEST_SIDE:
                raise TooManyPixelsError("too long a side")
            upright = ImageOps.exif_transpose(opened)
            if is_mark and upright.has_transparency_data:
                return upright.convert("RGBA")
            return _flatten(upright)
    except _BOMBS as error:
        raise TooManyPixelsError("too many pixels") from error
    except _BROKEN as error:
        raise UnreadablePictureError("not a picture") from error


_BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError)
_BROKEN = (
    UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, LookupError, TypeError,
    ArithmeticError, AttributeError, RuntimeError, struct.error, zlib.error,
)  # fmt: skip
"""What decoders raise on broken files."""


def _flatten(picture: Image.Image) -> Image.Image:
    """Return a picture without transparency: what is hidden in it is not shown in black."""
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    seen = picture.convert("RGBA")
    behind = Image.new("RGBA", seen.size, _BEHIND_TRANSPARENT)
    return Image.alpha_composite(behind, seen).convert("RGB")


def _rendition(picture: Image.Image, width: int) -> bytes:
    height = max(round(picture.height * width / picture.width), 1)
    buffer = io.BytesIO()
    small = picture.resize((width, height), Image.Resampling.LANCZOS)
    small.save(buffer, "WEBP", quality=QUALITY, method=4, exif=b"", icc_profile=None, xmp=b"")
    return buffer.getvalue()

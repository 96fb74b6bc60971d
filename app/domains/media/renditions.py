"""Making the sizes of a picture that pages need: WebP, without metadata."""

import hashlib
import io
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

from app.domains.media.ports import PictureUnavailableError
from app.domains.media.queries import WIDTHS

MOST_PIXELS = 60_000_000
QUALITY = 80


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


def make_renditions(content: bytes) -> Renditions:
    """Decode a picture and make its sizes. Raises PictureUnavailableError where it is none."""
    try:
        with Image.open(io.BytesIO(content)) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise PictureUnavailableError("too many pixels")
            picture = ImageOps.exif_transpose(opened).convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
        raise PictureUnavailableError("not a picture") from error
    widths = [width for width in WIDTHS if width <= picture.width] or [picture.width]
    files = {width: _rendition(picture, width) for width in widths}
    content_hash = hashlib.sha256(content).hexdigest()[:32]
    return Renditions(content_hash, picture.width, picture.height, files)


def _rendition(picture: Image.Image, width: int) -> bytes:
    height = max(round(picture.height * width / picture.width), 1)
    buffer = io.BytesIO()
    picture.resize((width, height), Image.Resampling.LANCZOS).save(
        buffer, "WEBP", quality=QUALITY, method=4
    )
    return buffer.getvalue()

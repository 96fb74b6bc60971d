"""A QR code as SVG in the page: no request, no script, no style of its own."""

import segno
from markupsafe import Markup


def qr_code(text: str) -> Markup:
    """Return a picture of a text, dark on light in both colour schemes, as scanners need it."""
    drawn = segno.make_qr(text, error="m")
    picture = drawn.svg_inline(scale=4, border=4, dark="#000", light="#fff", omitsize=True)
    return Markup(picture)  # noqa: S704 - drawn by the library: paths and numbers only

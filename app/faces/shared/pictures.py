"""Addresses of a picture's sizes; in Python, because a list asks for many of them."""

from typing import Any

from app.domains.media.queries import WIDTHS

PLAIN_WIDTH = 640
"""For browsers that choose no size themselves."""


def picture_url(facts: dict[str, Any]) -> str:
    """Return the address of a picture in the plain width, or its own where it is smaller."""
    return f"/media/{facts['hash']}-{min(PLAIN_WIDTH, facts['width'])}.webp"


def srcset(facts: dict[str, Any]) -> str:
    """Return a picture's addresses by width, as `srcset` takes them."""
    return ", ".join(
        f"/media/{facts['hash']}-{width}.webp {width}w"
        for width in WIDTHS
        if width <= facts["width"]
    )

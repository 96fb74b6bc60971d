"""Addresses of a picture's sizes; in Python, because a list asks for many of them."""

from functools import lru_cache
from typing import Any

from flask import current_app, g, request

from app.domains.media.queries import WIDTHS
from app.faces.shared.links import Links
from app.faces.shared.shops import current_shop
from app.foundation.configuration import Configuration

PLAIN_WIDTH = 640
"""For browsers that choose no size themselves."""
ADDRESSES_KEPT = 8192


def picture_widths(facts: dict[str, Any]) -> list[int]:
    """Return the widths in which a picture is kept: its own, where it is smaller than all."""
    return _widths(facts["width"])


def _widths(own: int) -> list[int]:
    return [width for width in WIDTHS if width <= own] or [own]


def rendition_url(facts: dict[str, Any], width: int) -> str:
    """Return the address of a picture of this shop in one width."""
    return f"{_folder()}{facts['hash']}-{width}.webp"


def picture_url(facts: dict[str, Any]) -> str:
    """Return the address of a picture in the plain width, or the next smaller one there is."""
    return _addresses(_folder(), facts["hash"], facts["width"])[0]


def srcset(facts: dict[str, Any]) -> str:
    """Return a picture's addresses by width, as `srcset` takes them."""
    return _addresses(_folder(), facts["hash"], facts["width"])[1]


@lru_cache(ADDRESSES_KEPT)
def _addresses(folder: str, content: str, width: int) -> tuple[str, str]:
    """Return a picture's plain address and its `srcset`; they follow from these three alone."""
    widths = _widths(width)
    plain = max((one for one in widths if one <= PLAIN_WIDTH), default=widths[0])
    every = ", ".join(f"{folder}{content}-{one}.webp {one}w" for one in widths)
    return f"{folder}{content}-{plain}.webp", every


def media_origin() -> str:
    """Return the host of pictures, as this request's pages name it."""
    configuration: Configuration = current_app.config["GALLERIA"]
    return Links(configuration).media_origin(request.host)


def _folder() -> str:
    """Return where this shop's pictures are; asked for often in a request, made once."""
    found: str | None = g.get("picture_folder")
    if found is None:
        shop = g.get("shop") or current_shop()
        found = g.picture_folder = f"{media_origin()}/{shop.slug}/"
    return found

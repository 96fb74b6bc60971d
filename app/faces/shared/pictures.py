"""Addresses of a picture's sizes; in Python, because a list asks for many of them."""

from typing import Any

from flask import current_app, g, request

from app.domains.media.queries import WIDTHS
from app.faces.shared.links import Links
from app.faces.shared.shops import current_shop
from app.foundation.configuration import Configuration

PLAIN_WIDTH = 640
"""For browsers that choose no size themselves."""


def picture_widths(facts: dict[str, Any]) -> list[int]:
    """Return the widths in which a picture is kept: its own, where it is smaller than all."""
    return [width for width in WIDTHS if width <= facts["width"]] or [facts["width"]]


def rendition_url(facts: dict[str, Any], width: int) -> str:
    """Return the address of a picture of this shop in one width."""
    return f"{_folder()}{facts['hash']}-{width}.webp"


def picture_url(facts: dict[str, Any]) -> str:
    """Return the address of a picture in the plain width, or the next smaller one there is."""
    widths = picture_widths(facts)
    return rendition_url(facts, max((w for w in widths if w <= PLAIN_WIDTH), default=widths[0]))


def srcset(facts: dict[str, Any]) -> str:
    """Return a picture's addresses by width, as `srcset` takes them."""
    return ", ".join(f"{rendition_url(facts, width)} {width}w" for width in picture_widths(facts))


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

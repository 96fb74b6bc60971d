"""What a file is by its content; its name and what the browser said of it count for nothing."""

import re

FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "GIF")
"""What is decoded, and nothing else that the library knows."""
_BEGINNINGS = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
)
_AVIF = frozenset({b"avif", b"avis"})
_HEIC = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_DRAWING, _DRAWING_BEGINS = re.compile(rb"(?i)<svg[\s>]"), 2048
_END_OF_ZIP, _LONGEST_ZIP_END = b"PK\x05\x06", 65_557
_PAGES = re.compile(rb"(?i)<script|<!doctype html|<\?php|<iframe|<foreignobject|javascript:")
_PROGRAMS = (b"\x7fELF\x02\x01\x01", b"This program cannot be run in DOS mode", b"#!/bin/")
_PDF, _WITHIN_PDF_BEGINS = b"%PDF-", 1024


def sniff(content: bytes) -> str:
    """Return a picture's format by how it begins, or an empty text where it is none."""
    for beginning, name in _BEGINNINGS:
        if content.startswith(beginning):
            return name
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "WEBP"
    return "AVIF" if content[4:8] == b"ftyp" and content[8:12] in _AVIF else ""


def is_heic(content: bytes) -> bool:
    """Whether a file is what phones keep pictures in."""
    return content[4:8] == b"ftyp" and content[8:12] in _HEIC


def is_drawing(content: bytes) -> bool:
    """Whether a file is an SVG, whatever stands before it."""
    return _DRAWING.search(content[:_DRAWING_BEGINS]) is not None


def is_more_than_picture(content: bytes) -> bool:
    """Whether a picture's file can be read as something else too (a polyglot).

    What is kept is made anew and carries none of it; whoever sends such a file means no good. Cameras
    append films and second pictures of their own: these pass, and are left behind.
    """
    return (
        _END_OF_ZIP in content[-_LONGEST_ZIP_END:]
        or _PDF in content[:_WITHIN_PDF_BEGINS]
        or any(program in content for program in _PROGRAMS)
        or _PAGES.search(content) is not None
    )

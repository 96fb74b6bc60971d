"""From a file's bytes to rows of text, or a clear word on why not."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from charset_normalizer import from_bytes
from flask_babel import lazy_gettext

from app.foundation.errors import GalleriaError

LARGEST_FILE = 50 * 1024 * 1024
LARGEST_CELL = 200_000
MOST_PROBLEMS = 500
GUESSED_FROM = 200_000
SPREADSHEETS = ["cp1252", "mac_roman"]
"""What spreadsheets write where they do not write UTF-8, in the languages that we speak."""
_PICTURE_STARTS = (
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"RIFF",
    b"%PDF",
    b"PK\x03\x04",
    b"\x1f\x8b",
)
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


class ProductFileError(GalleriaError):
    """The file as a whole cannot be read."""

    status = 422


class FileTooLargeError(ProductFileError):
    """More than LARGEST_FILE bytes."""

    code = "file_too_large"
    message = lazy_gettext(
        "This file is larger than %(most)s MB. Split it into several files and import them one by one."
    )


class NotATableError(ProductFileError):
    """A picture, an archive, or something else that is no text."""

    code = "not_a_table"
    message = lazy_gettext(
        "This is not a CSV file, whatever its name says. Export your products as CSV and try again."
    )


class EmptyFileError(ProductFileError):
    """Nothing but a header, or not even that."""

    code = "file_empty"
    message = lazy_gettext("This file holds no products.")


class UnknownFormatError(ProductFileError):
    """The header is not one that we know."""

    code = "format_unknown"
    message = lazy_gettext(
        "We do not recognise the columns of this file. We read Shopify's and Spree's product exports."
    )


class MissingColumnsError(ProductFileError):
    """A known format without columns that it needs."""

    code = "columns_missing"
    message = lazy_gettext("This looks like a %(format)s export, but it lacks: %(columns)s.")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in one cell; `row` counts as a spreadsheet does, the header being row 1."""

    row: int
    column: str
    reason: Any
    value: str = ""


Row = dict[str, str]


def read_rows(content: bytes) -> tuple[list[str], Iterator[tuple[int, Row]]]:
    """Return a file's header and its rows, numbered as a spreadsheet numbers them.

    Raises FileTooLargeError, NotATableError, EmptyFileError.
    """
    if len(content) > LARGEST_FILE:
        raise FileTooLargeError(most=LARGEST_FILE // (1024 * 1024))
    text = _decode(content)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    header = [name.strip() for name in next(_guarded(reader), [])]
    if not any(header):
        raise EmptyFileError
    return header, _numbered(reader, header)


def _numbered(reader: Any, header: list[str]) -> Iterator[tuple[int, Row]]:
    number = reader.line_num
    for cells in _guarded(reader):
        row = dict(zip(header, (cell.strip() for cell in cells), strict=False))
        if any(row.values()):
            yield number + 1, row
        number = reader.line_num


def _guarded(reader: Any) -> Iterator[list[str]]:
    csv.field_size_limit(LARGEST_CELL)
    try:
        yield from reader
    except csv.Error as error:
        raise NotATableError from error


def _decode(content: bytes) -> str:
    if not content.strip():
        raise EmptyFileError
    if content.startswith(_PICTURE_STARTS):
        raise NotATableError
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _decode_as(content, encoding)
    if b"\x00" in content:
        raise NotATableError
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        guess = from_bytes(content[:GUESSED_FROM], cp_isolation=SPREADSHEETS).best()
    if guess is None:
        raise NotATableError
    return _decode_as(content, guess.encoding)


def _decode_as(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise NotATableError from error


def _delimiter(text: str) -> str:
    first = text.split("\n", 1)[0]
    return max(",;\t", key=first.count)

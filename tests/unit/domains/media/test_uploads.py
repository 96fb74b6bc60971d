"""Pictures that somebody sends: known by content, made anew, nothing else of them kept."""

import io
import random
import struct
import time
import zipfile
import zlib

import pytest
from PIL import Image, ImageDraw

from app.domains.media.errors import (
    NotAPictureError,
    PictureRefusedError,
    PictureTooDetailedError,
    PictureTooLargeError,
    PictureWithMoreError,
)
from app.domains.media.uploads import LARGEST_UPLOAD, read_upload

CANARY = b"canary-7Qx"
GPS = 0x8825


def picture(kind="JPEG", size=(400, 300), mode="RGB", **options) -> bytes:
    made = Image.new(mode, size, (180, 120, 60, 255)[: len(mode)])
    ImageDraw.Draw(made).ellipse((40, 40, 200, 200), fill=(10, 60, 120, 255)[: len(mode)])
    buffer = io.BytesIO()
    made.save(buffer, kind, **options)
    return buffer.getvalue()


def with_metadata(kind: str) -> bytes:
    """Return a picture that says where it was taken, by whom, with a comment and a profile."""
    exif = Image.Exif()
    exif[0x013B] = exif[0x010E] = exif[0x9286] = CANARY.decode()
    exif.get_ifd(GPS).update(
        {1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 1.0), 29: CANARY}
    )
    options = {"exif": exif}
    if kind in {"JPEG", "WEBP", "PNG"}:
        options["xmp"] = b"<x:xmpmeta>" + CANARY + b"</x:xmpmeta>"
    if kind == "JPEG":
        options["comment"] = CANARY
    return picture(kind, **options)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "GIF"])
def test_every_usual_kind_is_taken_and_made_anew(kind):
    made = read_upload(picture(kind, size=(1000, 700)))
    assert (made.width, made.height) == (1000, 700)
    assert list(made.files) == [320, 640, 960]
    for width, content in made.files.items():
        with Image.open(io.BytesIO(content)) as kept:
            assert (kept.format, kept.width) == ("WEBP", width)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_where_and_by_whom_it_was_taken_is_not_kept(kind):
    sent = with_metadata(kind)
    assert CANARY in sent, "the control: it is in what was sent"
    with Image.open(io.BytesIO(sent)) as opened:
        assert opened.getexif().get_ifd(GPS)[2] == (52.0, 31.0, 12.0)
    for content in read_upload(sent).files.values():
        assert CANARY not in content
        with Image.open(io.BytesIO(content)) as kept:
            assert not kept.getexif()
            assert {"exif", "xmp", "icc_profile", "comment"}.isdisjoint(kept.info)


def test_it_stands_upright_without_the_note_that_it_lay():
    exif = Image.Exif()
    exif[0x0112] = 6
    made = read_upload(picture("JPEG", size=(400, 300), exif=exif))
    assert (made.width, made.height) == (300, 400)


def test_what_is_transparent_becomes_white_and_shows_nothing_hidden():
    hidden = Image.new("RGBA", (400, 400), (255, 0, 0, 0))
    buffer = io.BytesIO()
    hidden.save(buffer, "PNG")
    (content,) = read_upload(buffer.getvalue()).files.values()
    with Image.open(io.BytesIO(content)) as kept:
        assert min(kept.convert("RGB").getpixel((100, 100))) > 250


def test_a_small_picture_is_kept_in_its_own_width():
    assert list(read_upload(picture(size=(90, 60))).files) == [90]


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize(
    "content",
    [
        SVG, b'<?xml version="1.0"?>' + SVG, b"", b"x", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n",
        b"GIF89a", b"RIFF\x00\x00\x00\x00WEBP", b"\x00\x00\x00\x20ftypavif", b"%!PS-Adobe-3.0 EPSF",
        b"%PDF-1.7", b"<html>", b"BM" + b"\x00" * 60, b"II*\x00" + b"\x00" * 60, b"\x00\x00\x01\x00",
        picture("TIFF"), picture("BMP"), picture("ICO"), picture("PPM"), b" " + picture(),
        picture()[:600], picture("PNG")[:300],
    ],
)  # fmt: skip
def test_what_is_no_picture_of_a_usual_kind_is_refused(content):
    with pytest.raises(NotAPictureError):
        read_upload(content)


def zipped() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("evil.html", "<b>x</b>")
    return buffer.getvalue()


@pytest.mark.parametrize(
    "sent",
    [
        picture() + zipped(),
        picture("PNG") + zipped(),
        picture() + b"<script>alert(1)</script>",
        picture("PNG") + b"<!DOCTYPE HTML><p>x",
        picture("GIF") + b"<?php system($_GET[0]); ?>",
        picture("JPEG", comment=b"<ScRiPt src=//evil.example></script>"),
        picture("JPEG", comment=b"%PDF-1.7 1 0 obj"),
        picture("JPEG") + b"\x7fELF\x02\x01\x01",
    ],
)
def test_what_is_something_else_besides_is_refused(sent):
    with pytest.raises(PictureWithMoreError):
        read_upload(sent)


def test_what_a_camera_appends_is_left_behind():
    film = struct.pack(">I", 24) + b"ftypmp42" + CANARY * 200
    made = read_upload(picture() + film)
    assert all(CANARY not in content for content in made.files.values())


def bomb(width: int, height: int) -> bytes:
    """Return a tiny file that says it is a huge picture, and is one."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + check

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    lines = zlib.compress(bytes(1 + width // 8) * 200, 9)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", lines) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("size", [(8000, 8000), (12_000, 9000), (60_000, 60_000), (17_000, 2)])
def test_a_bomb_is_refused_before_it_is_decoded(size):
    sent = bomb(*size)
    assert len(sent) < 50_000
    began = time.process_time()
    with pytest.raises(PictureTooDetailedError):
        read_upload(sent)
    assert time.process_time() - began < 0.2


def test_too_many_bytes_are_refused_unread():
    with pytest.raises(PictureTooLargeError) as refused:
        read_upload(picture() + bytes(LARGEST_UPLOAD))
    assert "20 MB" in refused.value.tell()


@pytest.mark.parametrize("times", [60, pytest.param(5000, marks=pytest.mark.nightly)])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "GIF"])
def test_a_broken_picture_is_refused_and_breaks_nothing(kind, times):
    chance, whole = random.Random(f"{kind}{times}"), picture(kind, size=(64, 48))
    outcomes = set()
    for _ in range(times):
        content = bytearray(whole)
        for _ in range(chance.randrange(1, 12)):
            content[chance.randrange(12, len(content))] = chance.randrange(256)
        if chance.random() < 0.3:
            del content[chance.randrange(len(content)) :]
        try:
            read_upload(bytes(content))
            outcomes.add("taken")
        except PictureRefusedError:
            outcomes.add("refused")
    assert "refused" in outcomes

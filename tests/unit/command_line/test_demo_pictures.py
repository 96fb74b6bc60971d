"""The demo's pictures are made once, and again when they or the way of making them change."""

import io

import pytest
from PIL import Image

from app.command_line.demo import pictures
from app.command_line.demo.pictures import KeptRenditions
from app.domains.media.ports import PictureUnavailableError
from app.domains.media.renditions import make_renditions


def picture(colour: str) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (700, 300), colour).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def made(monkeypatch):
    """What is really made, in turn."""
    contents = []

    def counted(content):
        contents.append(content)
        return make_renditions(content)

    monkeypatch.setattr(pictures, "make_renditions", counted)
    return contents


def test_a_picture_is_made_once_and_is_the_same_from_its_folder(tmp_path, made):
    red, blue = picture("red"), picture("blue")
    expected = {content: make_renditions(content) for content in (red, blue)}
    for content in (red, blue, red, blue):
        assert KeptRenditions(tmp_path / "kept").make(content) == expected[content]
    assert made == [red, blue]
    assert list(expected[red].files) == [320, 640]


def test_another_way_of_making_them_makes_them_again(tmp_path, made, monkeypatch):
    KeptRenditions(tmp_path).make(picture("red"))
    monkeypatch.setattr(pictures, "WIDTHS", (320,))
    KeptRenditions(tmp_path).make(picture("red"))
    assert len(made) == 2


def test_what_was_cut_off_is_made_again(tmp_path, made):
    KeptRenditions(tmp_path).make(picture("red"))
    (place,) = tmp_path.iterdir()
    (place / "size").unlink()
    assert KeptRenditions(tmp_path).make(picture("red")) == make_renditions(picture("red"))
    assert len(made) == 2
    assert list(tmp_path.iterdir()) == [place], "nothing half made is left"


def test_where_nothing_can_be_kept_each_demo_makes_its_own(tmp_path, made):
    (tmp_path / "file").write_text("no folder")
    for _ in range(2):
        assert KeptRenditions(tmp_path / "file" / "kept").make(picture("red")).width == 700
    assert len(made) == 2


def test_what_is_no_picture_is_told_each_time(tmp_path, made):
    for _ in range(2):
        with pytest.raises(PictureUnavailableError):
            KeptRenditions(tmp_path).make(b"no picture")
    assert len(made) == 2
    assert list(tmp_path.iterdir()) == []

"""A mail's sheet is made of the theme's tokens, and its text can be read by day and by night."""

import re

import pytest

from app.faces.shared.mail_styles import PLAIN, SHEET, mail_style
from tests.unit.faces.test_colours import contrast

THEMES = (PLAIN, "maker", "box", "house")
NIGHT = "@media (prefers-color-scheme: dark)"
GROUNDS = {".button": ".button", "body": "body"}
"""What stands on a ground of its own; everything else stands on the sheet."""


def colours(sheet):
    """Return what each selector sets, as (property, colour)."""
    found: dict[str, dict[str, str]] = {}
    for selector, body in re.findall(r"^\s*([^@{}\n][^{}]*) \{ (.*?) \}$", sheet, re.MULTILINE):
        set_here = re.findall(r"(?:^|; )(background|color): (#[0-9a-f]{6})", body)
        found.setdefault(selector, {}).update(set_here)
    return found


@pytest.mark.parametrize("theme", THEMES)
def test_nothing_is_left_open(theme):
    sheet = mail_style(theme)
    assert "var(" not in sheet
    assert "Variable" not in sheet
    assert sheet.count("{") == sheet.count("}")


@pytest.mark.parametrize("theme", THEMES)
def test_text_can_be_read_by_day_and_by_night(theme):
    day, night = (colours(part) for part in mail_style(theme).split(NIGHT))
    assert day[".sheet"]["background"] != night[".sheet"]["background"]
    assert {each for each in day if day[each]} == {each for each in night if night[each]}
    for scheme in (day, night):
        for selector, found in scheme.items():
            ground = scheme[GROUNDS.get(selector, ".sheet")]["background"]
            if "color" in found:
                assert contrast(found["color"], ground) >= 4.5, (selector, found)


def test_the_sheet_itself_names_no_colour():
    assert re.findall(r"#[0-9a-f]{3,8}\b", SHEET.read_text()) == []


def test_themes_differ():
    assert len({mail_style(theme) for theme in THEMES}) == len(THEMES)

"""A shop's own pictures: where each stands, and what is said of it."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext

PLACES = ("logo", "hero", "portrait")
"""Beside the name on every page; wide on the first page; tall, on phones and beside the story."""
LONGEST_ALT = 300
_FACTS = ("hash", "width", "height")


def picture_facts(
    file: Mapping[str, Any] | None, alts: Mapping[str, str], *, main_language: str
) -> dict[str, Any] | None:
    """Return what is kept of a picture in a place: its file, and what it shows by language."""
    if file is None:
        return None
    told = {language: " ".join(text.split()) for language, text in alts.items()}
    told = {language: text for language, text in told.items() if text}
    return {
        **{name: file[name] for name in _FACTS},
        "alt": told.get(main_language) or next(iter(told.values()), ""), "alts": told,
    }  # fmt: skip


def find_problems(pictures: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return what is wrong, by the field of the form that it speaks of."""
    return {
        f"{place}-alt-{language}": lazy_gettext("At most 300 characters.")
        for place, picture in pictures.items()
        for language, text in picture.get("alts", {}).items()
        if len(text) > LONGEST_ALT
    }

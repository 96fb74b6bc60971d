"""The forms of a shop's profile: what they hold, what was typed, and what stands there meanwhile."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from flask import g, request

from app.domains.content.queries import KeptProfile, Unfinished
from app.domains.content.rules import imprint as imprint_rules
from app.domains.content.rules import texts as text_rules
from app.domains.content.rules.imprint import Imprint
from app.faces.shared.languages import LANGUAGES
from app.faces.shared.log.words import tell_field

MOST_DIGITS = 9


def seen_version() -> int:
    """Return which version of a part the person had before them; 0 where the form says none."""
    said = request.form.get("seen", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) <= MOST_DIGITS else 0


def languages_in_order() -> list[str]:
    """Return the languages, the shop's own first."""
    return [g.shop.language, *(each for each in LANGUAGES if each != g.shop.language)]


def fill_texts(profile: KeptProfile) -> dict[str, str]:
    """Return the fields of the form of texts as they are now: `story_html-de`."""
    return {
        f"{name}-{language}": text_rules.text_of(profile.text(name, language))
        if name.endswith("_html")
        else profile.text(name, language)
        for language in LANGUAGES
        for name in text_rules.LONGEST
    }


def read_typed(now: Mapping[str, str], longest: Mapping[str, int]) -> dict[str, str]:
    """Return what was typed, cut where nothing could be that long; what was not sent stays as it is."""
    return {
        name: request.form.get(name, text)[: 2 * longest[name.partition("-")[0]]]
        for name, text in now.items()
    }


def texts_by_language(typed: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Return the fields of the form of texts by language and name."""
    return {
        language: {name: typed[f"{name}-{language}"] for name in text_rules.LONGEST}
        for language in LANGUAGES
    }


def count_written(values: Mapping[str, str]) -> dict[str, int]:
    """Return how many texts are written in each language."""
    return {
        language: sum(bool(values[f"{name}-{language}"].strip()) for name in text_rules.LONGEST)
        for language in LANGUAGES
    }


def name_missing(unfinished: Unfinished) -> dict[str, list[str]]:
    """Return what each part still lacks, by the names of its fields."""
    return {
        "texts": [tell_field(name) for name in unfinished.texts],
        "pictures": [tell_field("hero")] if unfinished.has_no_picture else [],
        "imprint": [tell_field(name) for name in unfinished.imprint],
    }


LONGEST_OF_IMPRINT = dict.fromkeys(imprint_rules.NAMES, imprint_rules.LONGEST_LINE) | {
    "further": imprint_rules.LONGEST_FURTHER
}


def fill_imprint(imprint: Imprint) -> dict[str, str]:
    """Return the fields of the form of the imprint; a new one begins in the shop's country."""
    return {**asdict(imprint), "country": imprint.country or g.shop.country}


def find_theirs(now: Mapping[str, str], typed: Mapping[str, Any]) -> dict[str, str]:
    """Return what a colleague saved meanwhile, by field, wherever it is not what was typed."""
    return {
        name: text for name, text in now.items() if text.split() != str(typed.get(name, "")).split()
    }

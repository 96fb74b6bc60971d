"""What a product made by hand may say, and how its plain text becomes a page's."""

import re
from dataclasses import dataclass
from html import escape, unescape
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext

from app.foundation.money import Money
from app.foundation.sanitising import sanitise_html

LONGEST_TITLE = 255
LONGEST_TEXT = 20_000
LONGEST_WORD = 100
"""Of a maker, a kind, a tag, a choice, an article number."""
MOST_TAGS = 30
MOST_OPTIONS = 3
MOST_VARIANTS = 100
BETWEEN = " / "
"""Stands between choices where they are written in one field."""
_TAG = re.compile(r"</?([a-zA-Z][a-zA-Z0-9]*)[^>]*>")
_PLAIN = frozenset({"p", "br"})


@dataclass(frozen=True, slots=True)
class VariantWish:
    """A variant as its merchant wants it; without an id it is new."""

    id: UUID | None
    choices: tuple[str, ...]
    price: Money
    compare_at: Money | None
    sku: str
    barcode: str


@dataclass(frozen=True, slots=True)
class ProductWish:
    """A product as its merchant wants it."""

    texts: dict[str, dict[str, str]]
    """Title and text by language, as they were typed."""
    vendor: str
    product_type: str
    tags: tuple[str, ...]
    is_published: bool
    option_names: tuple[str, ...]
    variants: tuple[VariantWish, ...]


def find_problems(wish: ProductWish, *, main_language: str) -> dict[str, Any]:
    """Return what is wrong, by the field of the form that it speaks of; nothing where all is well."""
    problems: dict[str, Any] = {}
    for language, told in wish.texts.items():
        if len(told.get("title", "")) > LONGEST_TITLE:
            problems[f"title-{language}"] = lazy_gettext("At most 255 characters.")
        if len(told.get("text", "")) > LONGEST_TEXT:
            problems[f"text-{language}"] = lazy_gettext("At most 20,000 characters.")
    if not wish.texts.get(main_language, {}).get("title"):
        problems[f"title-{main_language}"] = lazy_gettext("A product needs a title.")
    for name in ("vendor", "product_type"):
        if len(getattr(wish, name)) > LONGEST_WORD:
            problems[name] = lazy_gettext("At most 100 characters.")
    if len(wish.tags) > MOST_TAGS or any(len(tag) > LONGEST_WORD for tag in wish.tags):
        problems["tags"] = lazy_gettext("At most 30 tags of at most 100 characters.")
    return problems | _problems_of_variants(wish)


def _problems_of_variants(wish: ProductWish) -> dict[str, Any]:
    problems: dict[str, Any] = {}
    names = wish.option_names
    if len(names) > MOST_OPTIONS or len(set(names)) < len(names) or not all(names):
        problems["options"] = lazy_gettext("At most three options, each with a name of its own.")
    if not wish.variants:
        problems["variant-0-price"] = lazy_gettext("Write a price such as 42.99.")
    if len(wish.variants) > MOST_VARIANTS:
        problems["options"] = lazy_gettext("At most 100 variants.")
    seen: set[tuple[str, ...]] = set()
    for number, variant in enumerate(wish.variants):
        problem = _problem_of_choices(variant.choices, names, seen)
        if problem:
            problems[f"variant-{number}-choices"] = problem
        seen.add(variant.choices)
        if variant.compare_at and variant.compare_at.amount <= variant.price.amount:
            problems[f"variant-{number}-before"] = lazy_gettext(
                "The price before must be higher than the price."
            )
        for name in ("sku", "barcode"):
            if len(getattr(variant, name)) > LONGEST_WORD:
                problems[f"variant-{number}-{name}"] = lazy_gettext("At most 100 characters.")
    return problems


def _problem_of_choices(
    choices: tuple[str, ...], names: tuple[str, ...], seen: set[tuple[str, ...]]
) -> Any:
    if len(choices) != len(names) or not all(choices):
        if not names:
            return lazy_gettext("Name the options first, or leave this empty.")
        return lazy_gettext("Write one choice for each option, with a slash between them.")
    if choices in seen:
        return lazy_gettext("Another variant has the same choices.")
    if any(len(choice) > LONGEST_WORD for choice in choices):
        return lazy_gettext("At most 100 characters.")
    return None


def html_of(text: str) -> str:
    """Return what was typed as a page shows it: paragraphs, or the HTML that it is already."""
    if _TAG.search(text):
        return sanitise_html(text)
    parts = re.split(r"\n\s*\n", text.replace("\r\n", "\n").strip())
    shown = (escape(part.strip(), quote=False).replace("\n", "<br>") for part in parts)
    return "".join(f"<p>{part}</p>" for part in shown if part)


def text_of(html: str) -> str:
    """Return a page's text as it is typed; one with more than paragraphs stays HTML."""
    if {name.lower() for name in _TAG.findall(html)} - _PLAIN:
        return html
    lines = re.sub(r"(?i)<br\s*/?>\n?", "\n", html)
    parts = [unescape(_TAG.sub("", part)).strip() for part in re.split(r"(?i)</p>", lines)]
    text = "\n\n".join(part for part in parts if part)
    return html if _TAG.search(text) else text

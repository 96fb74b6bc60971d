"""The form of a product: what it holds at first, and what was typed into it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext

from app.domains.catalog.making.rules import (
    BETWEEN,
    LONGEST_TEXT,
    MOST_VARIANTS,
    ProductWish,
    VariantWish,
    text_of,
)
from app.domains.catalog.queries import ProductRecord
from app.faces.merchant_console.counts import read_count
from app.faces.shared.languages import LANGUAGES
from app.foundation.identifiers import parse_id
from app.foundation.money import AmountError, Money, parse_money

EMPTY_ROWS = 3
"""Rows for further variants; whoever needs more saves and comes again."""
LONGEST_FIELD = 1000
PARTS = ("choices", "price", "before", "sku", "barcode", "stock")


def fill_form(product: ProductRecord, main_language: str) -> dict[str, str]:
    """Return the fields of a product's form as they are now."""
    values = {
        f"title-{main_language}": product.title, f"text-{main_language}": text_of(product.body_html),
        "vendor": product.vendor, "product_type": product.product_type,
        "tags": ", ".join(product.tags), "options": BETWEEN.join(product.option_names),
    }  # fmt: skip
    for language in LANGUAGES:
        told = product.translations.get(language, {})
        values.setdefault(f"title-{language}", told.get("title", ""))
        values.setdefault(f"text-{language}", text_of(told.get("body_html", "")))
    if product.is_published:
        values["is_published"] = "1"
    for number, variant in enumerate(product.variants):
        row = f"variant-{number}"
        values |= {
            f"{row}-id": str(variant.id), f"{row}-choices": BETWEEN.join(variant.choices),
            f"{row}-price": _typed(variant.price), f"{row}-before": _typed(variant.compare_at),
            f"{row}-sku": variant.sku, f"{row}-barcode": variant.barcode,
        }  # fmt: skip
    return values


def _typed(amount: Money | None) -> str:
    return str(amount.to_decimal()) if amount else ""


def count_said(values: Mapping[str, str]) -> int:
    """Return how many rows of variants there are up to the last that says something; at least one."""
    said = [number for number in range(MOST_VARIANTS) if _says_something(values, number)]
    return max(said, default=0) + 1


def _says_something(values: Mapping[str, str], number: int) -> bool:
    return any(values.get(f"variant-{number}-{part}", "").strip() for part in ("id", *PARTS))


class TypedProduct:
    """What was typed: the wish as far as it can be read, the stock by row, and what cannot."""

    def __init__(self, values: Mapping[str, str], *, currency: str) -> None:
        self.problems: dict[str, Any] = {}
        self.stock: list[int | None] = []
        self.rows: list[int] = []
        """Which row of the form each variant of the wish stands in."""
        self._values, self._currency = values, currency
        options = self._parts("options")
        variants = tuple(
            self._variant(number)
            for number in range(MOST_VARIANTS)
            if _says_something(values, number) and f"variant-{number}-remove" not in values
        )
        tags = [" ".join(tag.split()) for tag in self._text("tags").split(",")]
        self.wish = ProductWish(
            texts={language: self._told(language) for language in LANGUAGES},
            vendor=self._text("vendor"), product_type=self._text("product_type"),
            tags=tuple(dict.fromkeys(tag for tag in tags if tag)),
            is_published="is_published" in values, option_names=options, variants=variants,
        )  # fmt: skip

    def place(self, problems: Mapping[str, Any]) -> dict[str, Any]:
        """Return problems of the wish by the form's fields, its variants by their rows."""
        placed = {}
        for name, problem in problems.items():
            start, _, rest = name.removeprefix("variant-").partition("-")
            is_row = name.startswith("variant-") and int(start) < len(self.rows)
            placed[f"variant-{self.rows[int(start)]}-{rest}" if is_row else name] = problem
        return {**placed, **self.problems}

    def _text(self, name: str, longest: int = LONGEST_FIELD) -> str:
        return " ".join(self._values.get(name, "")[:longest].split())

    def _parts(self, name: str) -> tuple[str, ...]:
        text = self._text(name)
        return tuple(part.strip() for part in text.split(BETWEEN)) if text else ()

    def _told(self, language: str) -> dict[str, str]:
        text = self._values.get(f"text-{language}", "")[: LONGEST_TEXT + 1].strip()
        return {"title": self._text(f"title-{language}"), "text": text}

    def _variant(self, number: int) -> VariantWish:
        row = f"variant-{number}"
        self.rows.append(number)
        variant_id: UUID | None = parse_id(self._values.get(f"{row}-id", ""))
        self.stock.append(None if variant_id else self._count(f"{row}-stock"))
        return VariantWish(
            id=variant_id, choices=self._parts(f"{row}-choices"),
            price=self._price(f"{row}-price") or Money(0, self._currency),
            compare_at=self._price(f"{row}-before", is_needed=False),
            sku=self._text(f"{row}-sku"), barcode=self._text(f"{row}-barcode"),
        )  # fmt: skip

    def _price(self, name: str, *, is_needed: bool = True) -> Money | None:
        text = self._text(name).replace(",", ".")
        if not text and not is_needed:
            return None
        try:
            return parse_money(text, self._currency)
        except AmountError:
            self.problems[name] = lazy_gettext("Write a price such as 42.99.")
            return None

    def _count(self, name: str) -> int | None:
        text = self._text(name)
        count = read_count(text) if text else 0
        if count is None:
            self.problems[name] = lazy_gettext("Write a whole number from 0 to 1,000,000.")
        return count

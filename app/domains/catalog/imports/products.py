"""What a product file says, whatever its format."""

from dataclasses import dataclass, field
from typing import Any

from flask_babel import lazy_gettext

from app.domains.catalog.imports.rows import MOST_PROBLEMS, Problem, Row
from app.foundation.money import AmountError, Money, parse_money

LONGEST_TITLE = 255
MOST_STOCK = 1_000_000
FORMULA_STARTS = ("=", "+", "@", "\t")


@dataclass(slots=True)
class FilePrice:
    """A price in one currency, with what it was before."""

    price: Money
    compare_at: Money | None = None


@dataclass(slots=True)
class FileVariant:
    """A variant as the file has it; without a SKU it is known by its choices."""

    row: int
    choices: tuple[str, ...]
    sku: str = ""
    barcode: str = ""
    weight_grams: int = 0
    requires_shipping: bool = True
    is_taxable: bool = True
    stock: int | None = None
    prices: dict[str, FilePrice] = field(default_factory=dict)
    picture: str = ""


@dataclass(slots=True)
class FilePicture:
    """A picture by its address."""

    source: str
    position: int
    alt: str = ""


@dataclass(slots=True)
class FileProduct:
    """A product as the file has it."""

    row: int
    handle: str
    title: str
    body_html: str = ""
    vendor: str = ""
    product_type: str = ""
    tags: tuple[str, ...] = ()
    is_published: bool = True
    option_names: list[str] = field(default_factory=list)
    variants: list[FileVariant] = field(default_factory=list)
    pictures: list[FilePicture] = field(default_factory=list)


@dataclass(slots=True)
class ParsedFile:
    """The whole file: products in its order, and everything that is wrong with it."""

    format: str
    products: list[FileProduct]
    problems: list[Problem] = field(default_factory=list)

    @property
    def can_be_imported(self) -> bool:
        """Whether nothing is wrong and there is something to import."""
        return bool(self.products) and not self.problems

    def blame(self, row: int, column: str, reason: Any, value: str = "") -> None:
        """Note a problem; the first few hundred are enough to mend a file."""
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem(row, column, reason, value[:80]))


def read_price(file: ParsedFile, number: int, row: Row, column: str, currency: str) -> Money | None:
    """Return the price in a cell, None for an empty one or, with a problem noted, a wrong one."""
    text = row.get(column, "")
    if not text:
        return None
    try:
        return parse_money(text, currency)
    except AmountError:
        reason = lazy_gettext("is not a price; write a number such as 42.99, not below 0")
        file.blame(number, column, reason, text)
        return None


def read_count(file: ParsedFile, number: int, row: Row, column: str) -> int | None:
    """Return the whole number in a cell, None for an empty one or, with a problem noted, no number."""
    text = row.get(column, "")
    if not text:
        return None
    try:
        count = int(text)
    except ValueError:
        file.blame(number, column, lazy_gettext("is not a whole number"), text)
        return None
    if not 0 <= count <= MOST_STOCK:
        file.blame(number, column, lazy_gettext("must lie between 0 and 1,000,000"), text)
        return None
    return count


def read_text(file: ParsedFile, number: int, row: Row, column: str) -> str:
    """Return the text in a cell; a spreadsheet's formula is a problem, for it would run elsewhere."""
    text = row.get(column, "")
    if text.startswith(FORMULA_STARTS) and "(" in text:
        file.blame(number, column, lazy_gettext("holds a formula; write the text itself"), text)
    return text


def read_flag(row: Row, column: str, *, default: bool) -> bool:
    """Return a yes or no as the formats write it."""
    text = row.get(column, "").casefold()
    return default if not text else text in {"true", "yes", "1", "active"}


def check_product(file: ParsedFile, product: FileProduct, title_column: str) -> None:
    """Note what is wrong with a whole product."""
    if not product.title:
        file.blame(
            product.row, title_column, lazy_gettext("a product needs a title"), product.handle
        )
    if len(product.title) > LONGEST_TITLE:
        reason = lazy_gettext("is longer than 255 characters")
        file.blame(product.row, title_column, reason, product.title)
    seen: set[tuple[str, ...]] = set()
    for variant in product.variants:
        if variant.choices in seen:
            reason = lazy_gettext("this variant stands twice in the file")
            file.blame(variant.row, title_column, reason, " / ".join(variant.choices))
        seen.add(variant.choices)

"""Spree's product CSV: a parent row priced 0, then a row for each variant and currency."""

from flask_babel import lazy_gettext

from app.domains.catalog.imports.products import (
    FilePicture,
    FilePrice,
    FileProduct,
    FileVariant,
    ParsedFile,
    check_product,
    read_count,
    read_price,
    read_text,
)
from app.domains.catalog.imports.rows import Row

NAME = "Spree"
NEEDED = ("slug", "sku", "name", "price", "currency", "option1_name", "option1_value")
MOST_OPTIONS = 3
_GRAMS = {"g": 1.0, "kg": 1000.0, "oz": 28.3495, "lb": 453.592}


def recognises(header: list[str]) -> bool:
    """Whether a header is Spree's."""
    return "slug" in header and "option1_name" in header


def add_row(file: ParsedFile, products: dict[str, FileProduct], number: int, row: Row,
            currency: str) -> None:  # fmt: skip
    """Read one row into its product; a price keeps its own currency, the shop's or not."""
    handle = row.get("slug", "")
    if not handle:
        file.blame(number, "slug", lazy_gettext("every row needs its product's slug"))
        return
    if handle not in products:
        products[handle] = _product(file, number, handle, row)
    product = products[handle]
    choices = _choices(file, product, number, row)
    _add_picture(product, row)
    variant = _find(product, choices, row.get("sku", ""))
    if variant is None and not choices and not _is_sold(file, number, row, currency):
        return
    variant = variant or _new_variant(file, product, number, choices, row)
    of_currency = (row.get("currency") or currency).upper()
    price = read_price(file, number, row, "price", of_currency)
    if price is not None:
        compare_at = read_price(file, number, row, "compare_at_price", of_currency)
        variant.prices[of_currency] = FilePrice(price, compare_at or None)


def finish(file: ParsedFile, product: FileProduct) -> None:
    """Check a product once all its rows are read."""
    if not product.variants:
        reason = lazy_gettext("this product has no row with a price above 0")
        file.blame(product.row, "price", reason, product.handle)
    check_product(file, product, "name")


def _is_sold(file: ParsedFile, number: int, row: Row, currency: str) -> bool:
    """Whether a row without options is itself for sale; a parent is priced 0."""
    price = read_price(file, number, row, "price", (row.get("currency") or currency).upper())
    return bool(price)


def _product(file: ParsedFile, number: int, handle: str, row: Row) -> FileProduct:
    return FileProduct(
        row=number,
        handle=handle,
        title=read_text(file, number, row, "name"),
        body_html=row.get("description", ""),
        product_type=read_text(file, number, row, "product_type"),
        tags=tuple(tag.strip() for tag in row.get("tags", "").split(",") if tag.strip()),
        is_published=row.get("status", "active").casefold() in {"active", ""},
    )


def _choices(file: ParsedFile, product: FileProduct, number: int, row: Row) -> tuple[str, ...]:
    pairs = [
        (read_text(file, number, row, f"option{i}_name"),
         read_text(file, number, row, f"option{i}_value"))
        for i in range(1, MOST_OPTIONS + 1)
    ]  # fmt: skip
    chosen = {name: value for name, value in pairs if name and value}
    for name in chosen:
        if name not in product.option_names:
            product.option_names.append(name)
    return tuple(chosen.get(name, "") for name in product.option_names) if chosen else ()


def _find(product: FileProduct, choices: tuple[str, ...], sku: str) -> FileVariant | None:
    """Return the variant that a row adds a price to: by its choices, else by its SKU."""
    for variant in product.variants:
        if (choices and variant.choices == choices) or (not choices and sku and variant.sku == sku):
            return variant
    return None


def _new_variant(
    file: ParsedFile, product: FileProduct, number: int, choices: tuple[str, ...], row: Row
) -> FileVariant:
    variant = FileVariant(
        row=number,
        choices=choices,
        sku=row.get("sku", ""),
        weight_grams=_grams(row),
        stock=read_count(file, number, row, "inventory_count"),
        picture=row.get("image1_src", ""),
    )
    product.variants.append(variant)
    return variant


def _add_picture(product: FileProduct, row: Row) -> None:
    source = row.get("image1_src", "")
    if source and all(picture.source != source for picture in product.pictures):
        product.pictures.append(FilePicture(source, len(product.pictures) + 1))


def _grams(row: Row) -> int:
    try:
        return round(float(row.get("weight", "")) * _GRAMS.get(row.get("weight_unit", "g"), 1.0))
    except ValueError:
        return 0

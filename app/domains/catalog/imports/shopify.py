"""Shopify's product CSV: a product's rows share its handle, the first one carries its facts."""

from flask_babel import lazy_gettext

from app.domains.catalog.imports.products import (
    FilePicture,
    FilePrice,
    FileProduct,
    FileVariant,
    ParsedFile,
    check_product,
    read_count,
    read_flag,
    read_price,
    read_text,
)
from app.domains.catalog.imports.rows import Row

NAME = "Shopify"
NEEDED = ("Handle", "Title", "Option1 Name", "Option1 Value", "Variant Price")
DEFAULT_TITLE = "Default Title"
_GRAMS = {"g": 1, "kg": 1000, "oz": 28.3495, "lb": 453.592}


def recognises(header: list[str]) -> bool:
    """Whether a header is Shopify's."""
    return "Handle" in header and any(name.startswith("Variant ") for name in header)


def add_row(file: ParsedFile, products: dict[str, FileProduct], number: int, row: Row,
            currency: str) -> None:  # fmt: skip
    """Read one row into its product. Shopify's file has one currency: the shop's own."""
    handle = row.get("Handle", "")
    if not handle:
        file.blame(number, "Handle", lazy_gettext("every row needs its product's handle"))
        return
    product = products.get(handle)
    if product is None:
        product = products[handle] = _product(file, number, handle, row)
    elif row.get("Title") and row["Title"] != product.title:
        file.blame(number, "Handle", lazy_gettext("another product has this handle"), handle)
    picture = _add_picture(product, row)
    if row.get("Option1 Value") or row.get("Variant Price"):
        product.variants.append(_variant(file, product, number, row, currency, picture))


def finish(file: ParsedFile, product: FileProduct) -> None:
    """Check a product once all its rows are read."""
    check_product(file, product, "Title")


def _product(file: ParsedFile, number: int, handle: str, row: Row) -> FileProduct:
    names = [read_text(file, number, row, f"Option{i} Name") for i in (1, 2, 3)]
    only_default = row.get("Option1 Value", "") in {DEFAULT_TITLE, ""} and names[0] in {"Title", ""}
    return FileProduct(
        row=number,
        handle=handle,
        title=read_text(file, number, row, "Title"),
        body_html=row.get("Body (HTML)", ""),
        vendor=read_text(file, number, row, "Vendor"),
        product_type=read_text(file, number, row, "Type"),
        tags=tuple(tag.strip() for tag in row.get("Tags", "").split(",") if tag.strip()),
        is_published=read_flag(row, "Published", default=True),
        option_names=[] if only_default else [name for name in names if name],
    )


def _add_picture(product: FileProduct, row: Row) -> str:
    source = row.get("Image Src", "")
    if source:
        position = len(product.pictures) + 1
        product.pictures.append(FilePicture(source, position, row.get("Image Alt Text", "")))
    return row.get("Variant Image", "")


def _variant(file: ParsedFile, product: FileProduct, number: int, row: Row, currency: str,
             picture: str) -> FileVariant:  # fmt: skip
    choices = tuple(
        read_text(file, number, row, f"Option{i} Value")
        for i in range(1, len(product.option_names) + 1)
    )
    variant = FileVariant(
        row=number,
        choices=choices,
        sku=row.get("Variant SKU", ""),
        barcode=row.get("Variant Barcode", "").lstrip("'"),
        weight_grams=_grams(row.get("Variant Grams", "")),
        requires_shipping=read_flag(row, "Variant Requires Shipping", default=True),
        is_taxable=read_flag(row, "Variant Taxable", default=True),
        stock=read_count(file, number, row, "Variant Inventory Qty"),
        picture=picture,
    )
    price = read_price(file, number, row, "Variant Price", currency)
    if price is None and not row.get("Variant Price"):
        file.blame(number, "Variant Price", lazy_gettext("a variant needs a price"))
    compare_at = read_price(file, number, row, "Variant Compare At Price", currency)
    if price is not None:
        variant.prices[currency] = FilePrice(price, compare_at or None)
    return variant


def _grams(text: str) -> int:
    try:
        return max(int(float(text)), 0)
    except ValueError:
        return 0

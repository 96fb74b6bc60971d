"""From a file's bytes to what it says: the format is recognised by its header."""

from types import ModuleType

from app.domains.catalog.imports import shopify, spree
from app.domains.catalog.imports.products import FileProduct, ParsedFile
from app.domains.catalog.imports.rows import (
    EmptyFileError,
    MissingColumnsError,
    UnknownFormatError,
    read_rows,
)

FORMATS: tuple[ModuleType, ...] = (shopify, spree)


def parse_products(content: bytes, *, currency: str) -> ParsedFile:
    """Read a product file; `currency` is the shop's, for formats that name none.

    What is wrong in single cells is listed in the result. Raises ProductFileError where the file
    as a whole cannot be read.
    """
    header, rows = read_rows(content)
    reader = _reader(header)
    file = ParsedFile(format=reader.NAME, products=[])
    products: dict[str, FileProduct] = {}
    for number, row in rows:
        reader.add_row(file, products, number, row, currency)
    file.products = list(products.values())
    for product in file.products:
        reader.finish(file, product)
    if not file.products and not file.problems:
        raise EmptyFileError
    return file


def _reader(header: list[str]) -> ModuleType:
    for reader in FORMATS:
        if reader.recognises(header):
            missing = [name for name in reader.NEEDED if name not in header]
            if missing:
                raise MissingColumnsError(format=reader.NAME, columns=", ".join(missing))
            return reader
    raise UnknownFormatError

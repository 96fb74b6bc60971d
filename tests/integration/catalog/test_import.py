"""Importing product files: the numbers of real ones, and files that are not what they say."""

import pytest

from app.domains.catalog.errors import FileHasProblemsError
from app.domains.catalog.imports.operations import import_products
from app.domains.catalog.imports.parsing import parse_products
from app.domains.catalog.imports.rows import ProductFileError
from app.domains.catalog.queries import count_products
from app.foundation.unit_of_work import unit_of_work
from tests.conftest import ROOT

SHARED = ROOT.parent / "shared" / "data"
OWN = ROOT / "tests" / "data" / "products"


def shared(name):
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"{name} is not here: ../shared is absent")
    return path.read_bytes()


def facts(file):
    variants = [v for p in file.products for v in p.variants]
    pictures = [i for p in file.products for i in p.pictures]
    return len(file.products), len(variants), len(pictures), len({i.source for i in pictures})


def test_shopifys_file():
    file = parse_products(shared("shopify-jewelery.csv"), currency="EUR")
    assert file.format == "Shopify"
    assert facts(file) == (20, 23, 41, 39)
    assert not any(v.sku for p in file.products for v in p.variants)
    assert file.can_be_imported


def test_sprees_file():
    content = shared("spree-products.csv")
    file = parse_products(content, currency="USD")
    variants = [v for p in file.products for v in p.variants]
    assert (len(file.products), len(variants)) == (37, 87)
    assert all(set(v.prices) == {"USD", "EUR"} for v in variants)
    assert all(price.price.amount > 0 for v in variants for price in v.prices.values())
    parents = [line.split(b",") for line in content.splitlines() if b",0,0,USD," in line]
    assert len(parents) == 37
    assert len({row[1] for row in parents}) == 36, "two parents with the same SKU"
    assert file.can_be_imported


def units(file):
    """What is in stock, the variants without an article number, and those with an older price."""
    variants = [v for p in file.products for v in p.variants]
    reduced = [v for v in variants if any(price.compare_at for price in v.prices.values())]
    return sum(v.stock or 0 for v in variants), sum(not v.sku for v in variants), len(reduced)


def test_our_own_file_in_shopifys_format():
    """The figures are those of tests/data/products/README.md."""
    file = parse_products((OWN / "shopify-own.csv").read_bytes(), currency="EUR")
    assert file.format == "Shopify"
    assert facts(file) == (8, 16, 11, 10)
    assert units(file) == (294, 7, 3)
    assert [p.handle for p in file.products if not p.is_published] == ["unfinished-stool"]
    assert all(set(v.prices) == {"EUR"} for p in file.products for v in p.variants)


def test_our_own_file_in_sprees_format():
    """The figures are those of tests/data/products/README.md; no parent row is a gift."""
    content = (OWN / "spree-own.csv").read_bytes()
    file = parse_products(content, currency="EUR")
    variants = [v for p in file.products for v in p.variants]
    assert file.format == "Spree"
    assert facts(file) == (5, 10, 9, 9)
    assert units(file) == (85, 0, 2)
    assert sum("EUR" in v.prices for v in variants) == 10
    assert sum("USD" in v.prices for v in variants) == 9
    assert all(price.price.amount > 0 for v in variants for price in v.prices.values())


@pytest.mark.parametrize(
    ("path", "currency"),
    [
        (SHARED / "shopify-jewelery.csv", "EUR"),
        (SHARED / "spree-products.csv", "USD"),
        (OWN / "shopify-own.csv", "EUR"),
        (OWN / "spree-own.csv", "EUR"),
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_the_same_file_again_changes_nothing(shop, path, currency):
    if not path.exists():
        assert path.parent != OWN, "our own files are always tested"
        pytest.skip(f"{path.name} is not here: ../shared is absent")
    file = parse_products(path.read_bytes(), currency=currency)
    assert not file.problems, file.problems[:5]
    with unit_of_work(shop.scope) as unit:
        before = count_products(unit)
        first = import_products(unit, file=file)
    assert first.created == len(file.products)
    with unit_of_work(shop.scope) as unit:
        second = import_products(unit, file=parse_products(path.read_bytes(), currency=currency))
        assert count_products(unit) == before + len(file.products)
    assert (second.created, second.updated, second.unchanged) == (0, 0, len(file.products))
    assert second.stock == first.stock


HEADER = "Handle,Title,Option1 Name,Option1 Value,Variant Price,Variant Inventory Qty\n"
BROKEN = {
    "a picture": b"\x89PNG\r\n\x1a\n" + b"\x00" * 100,
    "nothing": b"",
    "another system's": b"sku,parent_sku,locale\n1,2,3\n",
    "a missing column": b"Handle,Title,Variant SKU\nx,X,1\n",
    "a NUL byte": HEADER.encode() + b"a,A\x00,,,1,1\n",
    "200 MB": b"x" * (200 * 1024 * 1024),
    "only a header": HEADER.encode(),
}


@pytest.mark.parametrize("name", BROKEN)
def test_files_that_are_not_what_they_say(platform, name):
    with pytest.raises(ProductFileError) as caught:
        parse_products(BROKEN[name], currency="EUR")
    with platform.worker.test_request_context("/"):
        assert len(caught.value.tell()) > 20


def test_bagistos_file_with_errors():
    with pytest.raises(ProductFileError):
        parse_products(shared("bagisto-products-with-errors.csv"), currency="EUR")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "cp1252"])
def test_other_encodings_are_read(encoding):
    content = (HEADER + "cafe,Café crème Süßholz,Title,Default Title,4.50,3\n" * 1).encode(encoding)
    file = parse_products(content, currency="EUR")
    assert file.products[0].title == "Café crème Süßholz"


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("a,A,,,-1,1", "Variant Price"),
        ("a,A,,,1e9,1", "Variant Price"),
        ("a,A,,,free,1", "Variant Price"),
        ("a,A,,,1.999,1", "Variant Price"),
        ("a,A,,,NaN,1", "Variant Price"),
        ("a,A,,,5,many", "Variant Inventory Qty"),
        ('a,"=HYPERLINK(""http://x"")",,,5,1', "Title"),
        ("a,,,,5,1", "Title"),
        (",A,,,5,1", "Handle"),
    ],
)
def test_a_wrong_cell_is_named_and_nothing_is_imported(shop, row, column):
    file = parse_products((HEADER + "fine,Fine,,,5,1\n" + row + "\n").encode(), currency="EUR")
    assert [(p.row, p.column) for p in file.problems] == [(3, column)]
    with unit_of_work(shop.scope) as unit:
        before = count_products(unit)
    with pytest.raises(FileHasProblemsError), unit_of_work(shop.scope) as unit:
        import_products(unit, file=file)
    with unit_of_work(shop.scope) as unit:
        assert count_products(unit) == before

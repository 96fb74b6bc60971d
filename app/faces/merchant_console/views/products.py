"""Products, stock and importing product files, as the merchant sees them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext

from app.domains.accounts.permissions import Permission
from app.domains.catalog.imports.operations import import_products
from app.domains.catalog.imports.parsing import parse_products
from app.domains.catalog.imports.rows import ProductFileError
from app.domains.catalog.operations import publish_product
from app.domains.catalog.pictures.queries import list_arranged
from app.domains.catalog.pictures.rules import LONGEST_ALT, MOST_PICTURES
from app.domains.catalog.queries import list_products, list_products_by_id
from app.domains.inventory.operations import ensure_location, set_stock
from app.domains.inventory.queries import list_availability, list_stock
from app.faces.merchant_console.counts import TypedCounts, read_counts
from app.faces.shared.access import requires
from app.faces.shared.languages import LANGUAGES
from app.foundation.unit_of_work import UnitOfWork, unit_of_work

products = Blueprint("products", __name__)
PAGE_SIZE = 50
MOST_PAGES = 10_000


class _DryRunError(Exception):
    """Ends a dry run's transaction, so that nothing of it stays."""

    def __init__(self, report: Any) -> None:
        super().__init__()
        self.report = report


@products.get("/shops/<uuid:shop_id>/products")
@requires(Permission.SEE_PRODUCTS)
def index(shop_id: UUID) -> str:
    """Show the shop's products by title."""
    del shop_id
    page = max(1, min(request.args.get("page", 1, type=int), MOST_PAGES))
    with unit_of_work(g.shop.scope) as unit:
        found = list_products(
            unit, currency=g.shop.currency, words=request.args.get("q", "").replace("\x00", ""),
            page=page, page_size=PAGE_SIZE,
        )  # fmt: skip
        shown = found[:PAGE_SIZE]
        stock = list_availability(unit, variant_ids=[v.id for p in shown for v in p.variants])
    return render_template(
        "products.html", products=shown, stock=stock, page=page, has_next=len(found) > PAGE_SIZE
    )


@products.get("/shops/<uuid:shop_id>/products/<uuid:product_id>")
@requires(Permission.SEE_PRODUCTS)
def show(shop_id: UUID, product_id: UUID) -> Any:
    """Show a product with its pictures, variants and stock."""
    del shop_id
    return product_page(product_id)


def product_page(
    product_id: UUID, *, problems: Sequence[str] = (), counts: TypedCounts | None = None
) -> str:
    """Return a product's page; `problems` are what was wrong with pictures that were sent.

    `counts` are those that were typed, where some of them were refused.
    """
    with unit_of_work(g.shop.scope) as unit:
        found = list_products_by_id(unit, product_ids=[product_id], currency=g.shop.currency)
        if not found:
            abort(404)
        rows = list_stock(unit, variant_ids=[v.id for v in found[0].variants])
        pictures = list_arranged(unit, product_id=product_id)
    return render_template(
        "product.html", product=found[0], stock={row.variant_id: row for row in rows},
        pictures=[picture for picture in pictures if picture.removed_at is None],
        removed=[picture for picture in pictures if picture.removed_at], problems=problems,
        counts=counts, is_published=_is_published() if counts else found[0].is_published,
        most=MOST_PICTURES, longest_alt=LONGEST_ALT,
        told_in=[g.shop.language, *(each for each in LANGUAGES if each != g.shop.language)],
    )  # fmt: skip


@products.post("/shops/<uuid:shop_id>/products/<uuid:product_id>")
@requires(Permission.CHANGE_PRODUCTS)
def save(shop_id: UUID, product_id: UUID) -> Any:
    """Keep stock counts, and whether the product is on sale: all of it, or nothing."""
    with unit_of_work(g.shop.scope) as unit:
        found = list_products_by_id(unit, product_ids=[product_id], currency=g.shop.currency)
        if not found:
            abort(404)
        product = found[0]
        counts = read_counts(variant.id for variant in product.variants)
        if not counts.refused:
            location_id = ensure_location(unit, name=gettext("Workshop"))
            set_stock(unit, location_id=location_id, quantities=counts.taken)
            if _is_published() != product.is_published:
                publish_product(unit, product_id=product_id, is_published=_is_published())
    if counts.refused:
        return product_page(product_id, counts=counts), 422
    flash(gettext("Saved."))
    return redirect(url_for("products.show", shop_id=shop_id, product_id=product_id), 303)


def _is_published() -> bool:
    return "is_published" in request.form


@products.get("/shops/<uuid:shop_id>/import")
@requires(Permission.CHANGE_PRODUCTS)
def ask_file(shop_id: UUID) -> str:
    """Ask for a product file."""
    del shop_id
    return render_template("import.html", file=None, report=None, error="")


@products.post("/shops/<uuid:shop_id>/import")
@requires(Permission.CHANGE_PRODUCTS)
def take_file(shop_id: UUID) -> Any:
    """Try a product file, or import it; nothing is ever half-imported."""
    upload = request.files.get("file")
    content = upload.read() if upload else b""
    try:
        file = parse_products(content, currency=g.shop.currency)
        if file.problems:
            return render_template("import.html", file=file, report=None, error=""), 422
        report = _dry_run(file) if "try" in request.form else _import(file)
    except ProductFileError as error:
        page = render_template("import.html", file=None, report=None, error=error.tell())
        return page, error.status
    if "try" in request.form:
        return render_template("import.html", file=file, report=report, error="")
    flash(
        ngettext(
            "One product was imported or was the same already.",
            "%(num)s products were imported or were the same already.",
            len(file.products),
        )
    )
    return redirect(url_for("products.index", shop_id=shop_id), 303)


def _dry_run(file: Any) -> Any:
    try:
        with unit_of_work(g.shop.scope) as unit:
            raise _DryRunError(_apply(unit, file))  # noqa: TRY301 - rolls the unit back
    except _DryRunError as done:
        return done.report


def _import(file: Any) -> Any:
    with unit_of_work(g.shop.scope) as unit:
        return _apply(unit, file)


def _apply(unit: UnitOfWork, file: Any) -> Any:
    report = import_products(unit, file=file)
    set_stock(
        unit, location_id=ensure_location(unit, name=gettext("Workshop")), quantities=report.stock
    )
    return report

"""Making a product by hand, and changing what one says."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext

from app.domains.accounts.permissions import Permission
from app.domains.catalog.making.errors import ProductWrongError
from app.domains.catalog.making.operations import change_product, make_product
from app.domains.catalog.making.rules import MOST_VARIANTS, find_problems
from app.domains.catalog.queries import ProductRecord, list_products_by_id
from app.domains.inventory.operations import ensure_location, set_stock
from app.faces.merchant_console.product_forms import (
    EMPTY_ROWS,
    TypedProduct,
    count_said,
    fill_form,
)
from app.faces.shared.access import requires
from app.faces.shared.languages import LANGUAGES
from app.foundation.errors import NotFoundError
from app.foundation.identifiers import new_id, parse_id
from app.foundation.unit_of_work import UnitOfWork, unit_of_work

making = Blueprint("making", __name__)


@making.get("/shops/<uuid:shop_id>/products/new")
@requires(Permission.CHANGE_PRODUCTS)
def ask(shop_id: UUID) -> str:
    """Ask for a new product."""
    del shop_id
    return _page(new_id(), {"is_published": "1"})


@making.post("/shops/<uuid:shop_id>/products/new")
@requires(Permission.CHANGE_PRODUCTS)
def make(shop_id: UUID) -> Any:
    """Make a product; its id comes with the form, so that a second click makes no second one."""
    product_id = parse_id(request.form.get("product_id", "")) or new_id()
    typed = TypedProduct(request.form, currency=g.shop.currency)
    try:
        with unit_of_work(g.shop.scope) as unit:
            _refuse_unreadable(typed)
            made = make_product(
                unit, product_id=product_id, wish=typed.wish, main_language=g.shop.language
            )
            _count(unit, typed, made)
    except ProductWrongError as error:
        return _page(product_id, request.form, error, typed.place(error.problems)), error.status
    flash(gettext("The product is made. Now add its pictures."))
    return redirect(url_for("products.show", shop_id=shop_id, product_id=product_id), 303)


@making.get("/shops/<uuid:shop_id>/products/<uuid:product_id>/edit")
@requires(Permission.CHANGE_PRODUCTS)
def show(shop_id: UUID, product_id: UUID) -> str:
    """Show what a product says, to be changed."""
    del shop_id
    product = _find(product_id)
    return _page(product_id, fill_form(product, g.shop.language), product=product)


@making.post("/shops/<uuid:shop_id>/products/<uuid:product_id>/edit")
@requires(Permission.CHANGE_PRODUCTS)
def change(shop_id: UUID, product_id: UUID) -> Any:
    """Keep what a product says; its stock is counted on its page."""
    product = _find(product_id)
    typed = TypedProduct(request.form, currency=g.shop.currency)
    try:
        with unit_of_work(g.shop.scope) as unit:
            _refuse_unreadable(typed)
            changed = change_product(
                unit, product_id=product_id, wish=typed.wish, main_language=g.shop.language
            )
            _count(unit, typed, changed)
    except ProductWrongError as error:
        page = _page(product_id, request.form, error, typed.place(error.problems), product)
        return page, error.status
    flash(gettext("Saved."))
    return redirect(url_for("products.show", shop_id=shop_id, product_id=product_id), 303)


def _find(product_id: UUID) -> ProductRecord:
    with unit_of_work(g.shop.scope) as unit:
        found = list_products_by_id(unit, product_ids=[product_id], currency=g.shop.currency)
    if not found:
        raise NotFoundError
    return found[0]


def _refuse_unreadable(typed: TypedProduct) -> None:
    """Tell everything that is wrong at once, where a price or a count could not be read."""
    if typed.problems:
        raise ProductWrongError(find_problems(typed.wish, main_language=g.shop.language))


def _count(unit: UnitOfWork, typed: TypedProduct, variant_ids: list[UUID]) -> None:
    """Keep how many there are of new variants."""
    counts = dict(zip(variant_ids, typed.stock, strict=False))
    set_stock(
        unit, location_id=ensure_location(unit, name=gettext("Workshop")),
        quantities={key: count for key, count in counts.items() if count is not None},
    )  # fmt: skip


def _page(
    product_id: UUID,
    values: Mapping[str, str],
    error: ProductWrongError | None = None,
    problems: Mapping[str, Any] | None = None,
    product: ProductRecord | None = None,
) -> str:
    return render_template(
        "product_form.html", product_id=product_id, values=values, product=product,
        error=error.tell() if error else "", problems=problems or {}, said=count_said(values),
        rows=min(count_said(values) + EMPTY_ROWS, MOST_VARIANTS),
        is_wrong_elsewhere=any(
            f"{part}-{language}" in (problems or {})
            for part in ("title", "text")
            for language in LANGUAGES
            if language != g.shop.language
        ),
        languages_told=[each for each in LANGUAGES if each != g.shop.language],
    )  # fmt: skip

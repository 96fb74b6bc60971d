"""Home, collections, products, search, story: the same for everyone, so they can be cached."""

from typing import Any

from flask import Blueprint, Response, abort, g, make_response, render_template, request

from app.domains.catalog.queries import find_product
from app.domains.inventory.queries import list_availability
from app.domains.search.queries import Sorting, Wanted, find_cards
from app.faces.shared.access import public
from app.faces.shared.languages import current_language, is_in_url
from app.faces.shared.shops import current_scope, current_shop
from app.faces.storefront.products import make_product_view
from app.faces.storefront.shop import load_frame
from app.foundation.money import AmountError, parse_money
from app.foundation.unit_of_work import unit_of_work

browsing = Blueprint("browsing", __name__)
CACHE_SECONDS = 30
MOST_PAGES = 1000
LONGEST_WORDS = 100
SHOWN = 8
"""Pieces on the front page."""
FEWEST = 6
"""A house shows few, two rows of three: one thought a screen."""


def _cacheable(page: str) -> Response:
    """Let a shared cache keep an anonymous page for a moment."""
    response = make_response(page)
    response.headers["Cache-Control"] = f"public, max-age=0, s-maxage={CACHE_SECONDS}"
    if not is_in_url():
        response.vary.add("Accept-Language")
    return response


@browsing.get("/")
@public
def home() -> Response:
    """Show the shop's face: hero, collections, newest pieces; a house shows its first collection."""
    shop = current_shop()
    with unit_of_work(shop.scope) as unit:
        load_frame(unit)
        leads = shop.kind == "house" and bool(g.frame.collections)
        wanted = Wanted(collection=g.frame.collections[0].handle if leads else "")
        page = find_cards(unit, wanted=wanted, currency=shop.currency, language=current_language())
    shown = page.cards[: FEWEST if leads else SHOWN]
    return _cacheable(render_template("home.html", cards=shown))


@browsing.get("/collections/<handle>")
@public
def collection(handle: str) -> Response:
    """Show a collection; `all` is every piece."""
    shop, wanted = current_shop(), _wanted(collection=handle if handle != "all" else "")
    with unit_of_work(shop.scope) as unit:
        load_frame(unit)
        page = find_cards(unit, wanted=wanted, currency=shop.currency, language=current_language())
    shown = _collection(handle)
    return _cacheable(
        render_template("collection.html", collection=shown, page=page, wanted=wanted)
    )


def _collection(handle: str) -> Any:
    if handle == "all":
        return None
    found = next((c for c in g.frame.collections if c.handle == handle), None)
    return found or abort(404)


def _wanted(*, collection: str = "", words: str = "") -> Wanted:
    """Read the filters of a list from the URL; what makes no sense is left out."""
    currency = current_shop().currency
    sorting = request.args.get("sort", "")
    return Wanted(
        words=words,
        collection=collection,
        price_from=_price("from", currency),
        price_to=_price("to", currency),
        available_only="available" in request.args,
        sorting=Sorting(sorting) if sorting in set(Sorting) else Sorting.RELEVANCE,
        page=max(1, min(request.args.get("page", 1, type=int), MOST_PAGES)),
    )


def _price(name: str, currency: str) -> int | None:
    text = request.args.get(name, "").replace(",", ".")
    try:
        return parse_money(text, currency).amount if text else None
    except AmountError:
        return None


@browsing.get("/search")
@public
def search() -> Response:
    """Find pieces by words."""
    shop, words = current_shop(), request.args.get("q", "").replace("\x00", "")[:LONGEST_WORDS]
    wanted = _wanted(words=words)
    with unit_of_work(shop.scope) as unit:
        load_frame(unit)
        page = find_cards(unit, wanted=wanted, currency=shop.currency, language=current_language())
    return _cacheable(render_template("search.html", page=page, wanted=wanted))


@browsing.get("/products/<handle>")
@public
def product(handle: str) -> Response:
    """Show a product; the URL's `choice` parameters say which variant."""
    shop = current_shop()
    with unit_of_work(shop.scope) as unit:
        load_frame(unit)
        found = find_product(unit, handle=handle, currency=shop.currency)
        if found is None:
            abort(404)
        stock = list_availability(unit, variant_ids=[v.id for v in found.variants])
    chosen = [value for name, value in sorted(request.args.items()) if name.startswith("choice-")]
    view = make_product_view(found, stock, chosen, current_language())
    return _cacheable(render_template("product.html", product=view))


@browsing.get("/story")
@public
def story() -> Response:
    """Show who makes these things, and how (ART-1)."""
    return _plain("story.html")


@browsing.get("/delivery")
@public
def delivery() -> Response:
    """Show how goods travel, and how they come back."""
    return _plain("delivery.html")


@browsing.get("/imprint")
@public
def imprint() -> Response:
    """Show who stands behind the shop, as the law wants it (app/domains/content/rules/imprint.py)."""
    return _plain("imprint.html")


@browsing.get("/cookies")
@public
def cookies() -> Response:
    """List every cookie there is: only necessary ones."""
    return _plain("cookies.html")


def _plain(template: str) -> Response:
    with unit_of_work(current_scope()) as unit:
        load_frame(unit)
    return _cacheable(render_template(template))

"""Listing, searching and reading what the shop sells."""

from flask import Response
from flask_openapi3 import APIBlueprint, Tag
from pydantic import BaseModel

from app.domains.catalog.queries import find_product
from app.domains.inventory.queries import list_availability
from app.domains.search.queries import Wanted, find_cards, get_frame
from app.faces.api.answers import answer
from app.faces.api.application import PREFIX
from app.faces.api.schemas.catalogue import (
    Collection,
    CollectionList,
    Product,
    ProductList,
    ProductPath,
    ProductQuery,
    ProductSummary,
)
from app.faces.shared.access import public
from app.faces.shared.languages import current_language
from app.faces.shared.shops import current_scope, current_shop
from app.foundation.errors import NotFoundError
from app.foundation.unit_of_work import unit_of_work

catalogue = APIBlueprint("catalogue", __name__, url_prefix=PREFIX, abp_tags=[Tag(name="Catalogue")])
CACHE_SECONDS = 30


def _cacheable(content: BaseModel) -> Response:
    """Let a shared cache keep what is the same for everyone for a moment."""
    response = answer(content)
    response.headers["Cache-Control"] = f"public, max-age=0, s-maxage={CACHE_SECONDS}"
    return response


@catalogue.get("/products", operation_id="listProducts", responses={200: ProductList})
@public
def list_products(query: ProductQuery) -> Response:
    """List products, or search for them."""
    shop = current_shop()
    wanted = Wanted(
        words=query.q, collection=query.collection, price_from=query.price_from,
        price_to=query.price_to, available_only=query.available, sorting=query.sort,
        page=query.page,
    )  # fmt: skip
    with unit_of_work(shop.scope) as unit:
        page = find_cards(unit, wanted=wanted, currency=shop.currency, language=current_language())
    return _cacheable(
        ProductList(
            products=[ProductSummary.of(card) for card in page.cards], page=page.page,
            pages=page.pages, total=page.total,
        )
    )  # fmt: skip


@catalogue.get("/products/<handle>", operation_id="getProduct", responses={200: Product})
@public
def get_product(path: ProductPath) -> Response:
    """Read a product by its handle."""
    shop = current_shop()
    with unit_of_work(shop.scope) as unit:
        product = find_product(unit, handle=path.handle, currency=shop.currency)
        if product is None:
            raise NotFoundError
        stock = list_availability(unit, variant_ids=[variant.id for variant in product.variants])
    return _cacheable(Product.of(product, stock, current_language()))


@catalogue.get("/collections", operation_id="listCollections", responses={200: CollectionList})
@public
def list_collections() -> Response:
    """List the shop's collections."""
    language = current_language()
    with unit_of_work(current_scope()) as unit:
        frame = get_frame(unit, language=language, fallback=current_shop().language)
    return _cacheable(
        CollectionList(collections=[Collection.of(found) for found in frame.collections])
    )

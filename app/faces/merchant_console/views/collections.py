"""Collections: made, named in each language, filled, ordered, published, deleted and brought back."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext

from app.domains.accounts.permissions import Permission
from app.domains.catalog.collections.errors import CollectionError
from app.domains.catalog.collections.operations import (
    add_products,
    change_collection,
    delete_collection,
    make_collection,
    move_collection,
    move_product,
    put_product,
    restore_collection,
    take_product_out,
)
from app.domains.catalog.collections.queries import (
    KeptCollection,
    get_kept,
    list_kept,
    list_members,
)
from app.domains.catalog.collections.rules import (
    LONGEST_DESCRIPTION,
    LONGEST_HANDLE,
    LONGEST_TITLE,
    MOVES,
    CollectionWish,
)
from app.domains.catalog.queries import list_products
from app.domains.media.errors import PictureRefusedError
from app.domains.media.operations import add_upload
from app.domains.media.uploads import LARGEST_UPLOAD, read_upload, store_renditions
from app.faces.shared.access import requires
from app.faces.shared.languages import LANGUAGES
from app.foundation.errors import GalleriaError
from app.foundation.identifiers import new_id, parse_id
from app.foundation.unit_of_work import UnitOfWork, unit_of_work

collections = Blueprint("collections", __name__)
FOUND = 20
"""Products that a search offers at once."""
MOST_ADDED = 100
LONGEST_WORDS = 100
LONGEST_PLACE = 3
"""Digits of a place in an order."""


@collections.get("/shops/<uuid:shop_id>/collections")
@requires(Permission.SEE_PRODUCTS)
def index(shop_id: UUID) -> str:
    """Show the shop's collections in the order of its navigation."""
    del shop_id
    with unit_of_work(g.shop.scope) as unit:
        kept = list_kept(unit)
    return render_template(
        "collections.html", collections=[each for each in kept if each.deleted_at is None],
        deleted=[each for each in kept if each.deleted_at],
    )  # fmt: skip


@collections.post("/shops/<uuid:shop_id>/collections")
@requires(Permission.CHANGE_PRODUCTS)
def arrange(shop_id: UUID) -> Any:
    """Move a collection, delete it, or bring it back, as the button says."""
    act, collection_id, _ = _read_act()
    with unit_of_work(g.shop.scope) as unit:
        if collection_id and act in MOVES:
            move_collection(unit, collection_id=collection_id, act=act)
        elif collection_id and act == "delete":
            delete_collection(unit, collection_id=collection_id)
            flash(gettext("Deleted. You can bring it back below for 30 days."))
        elif collection_id and act == "restore":
            restore_collection(unit, collection_id=collection_id)
            flash(gettext("The collection is back, with its products."))
    deleted = "1" if act == "delete" else None
    return redirect(url_for("collections.index", shop_id=shop_id, deleted=deleted), 303)


def _read_act() -> tuple[str, UUID | None, int]:
    """Return what a button says: `up:ID`, or `put:ID:PLACE`."""
    act, _, rest = request.form.get("act", "").partition(":")
    one, _, place = rest.partition(":")
    is_place = place.isascii() and place.isdigit() and len(place) <= LONGEST_PLACE
    return act, parse_id(one), int(place) if is_place else 0


@collections.get("/shops/<uuid:shop_id>/collections/new")
@requires(Permission.CHANGE_PRODUCTS)
def ask(shop_id: UUID) -> str:
    """Ask for a new collection's name."""
    del shop_id
    return _form(None, new_id(), _nothing())


def _nothing() -> CollectionWish:
    return CollectionWish(handle="", texts={}, is_published=True, picture=None)


@collections.post("/shops/<uuid:shop_id>/collections/new")
@requires(Permission.CHANGE_PRODUCTS)
def make(shop_id: UUID) -> Any:
    """Make a collection; its id comes with the form, so that a second click makes no second one."""
    collection_id = parse_id(request.form.get("collection_id", "")) or new_id()
    wish = _read_wish(None)
    try:
        with unit_of_work(g.shop.scope) as unit:
            make_collection(
                unit, collection_id=collection_id, wish=wish, main_language=g.shop.language
            )
    except CollectionError as error:
        return _form(None, collection_id, wish, error=error), error.status
    flash(gettext("The collection is made. Now put products into it."))
    return redirect(url_for("collections.show", shop_id=shop_id, collection_id=collection_id), 303)


@collections.get("/shops/<uuid:shop_id>/collections/<uuid:collection_id>")
@requires(Permission.SEE_PRODUCTS)
def show(shop_id: UUID, collection_id: UUID) -> str:
    """Show a collection with its products, and products that could be put into it."""
    del shop_id
    return _page(collection_id)


@collections.post("/shops/<uuid:shop_id>/collections/<uuid:collection_id>")
@requires(Permission.CHANGE_PRODUCTS)
def change(shop_id: UUID, collection_id: UUID) -> Any:
    """Keep what a collection says, where it is found, its picture, and whether buyers see it."""
    with unit_of_work(g.shop.scope) as unit:
        kept = get_kept(unit, collection_id)
    wish = _read_wish(kept.picture)
    try:
        wish = _with_picture(wish)
        with unit_of_work(g.shop.scope) as unit:
            change_collection(
                unit, collection_id=collection_id, wish=wish, main_language=g.shop.language
            )
    except (CollectionError, PictureRefusedError) as error:
        return _page(collection_id, wish=wish, error=error), error.status
    flash(gettext("Saved."))
    return redirect(url_for("collections.show", shop_id=shop_id, collection_id=collection_id), 303)


def _read_wish(picture: dict[str, Any] | None) -> CollectionWish:
    """Return what the form says, cut where no text of a collection could be that long."""
    texts = {
        language: {
            "title": request.form.get(f"title-{language}", "")[: LONGEST_TITLE * 2],
            "description": request.form.get(f"description-{language}", "")[
                : LONGEST_DESCRIPTION * 2
            ],
        }
        for language in LANGUAGES
    }
    return CollectionWish(
        handle=request.form.get("handle", "").strip()[: LONGEST_HANDLE + 1], texts=texts,
        is_published="is_published" in request.form,
        picture=None if "without_picture" in request.form else picture,
    )  # fmt: skip


def _with_picture(wish: CollectionWish) -> CollectionWish:
    """Return the wish with the picture that was sent, if one was. Raises PictureRefusedError."""
    file = request.files.get("picture")
    if file is None or not file.filename:
        return wish
    made = read_upload(file.stream.read(LARGEST_UPLOAD + 1))
    store_renditions(made)
    with unit_of_work(g.shop.scope) as unit:
        add_upload(unit, made=made)
    facts = {"hash": made.content_hash, "width": made.width, "height": made.height, "alt": ""}
    return CollectionWish(wish.handle, wish.texts, wish.is_published, facts)


@collections.post("/shops/<uuid:shop_id>/collections/<uuid:collection_id>/products")
@requires(Permission.CHANGE_PRODUCTS)
def fill(shop_id: UUID, collection_id: UUID) -> Any:
    """Put chosen products in, move one, take one out, or put it back, as the button says."""
    try:
        with unit_of_work(g.shop.scope) as unit:
            get_kept(unit, collection_id)
            removed, place = _fill(unit, collection_id)
    except CollectionError as error:
        return _page(collection_id, error=error), error.status
    address = url_for(
        "collections.show", shop_id=shop_id, collection_id=collection_id, removed=removed,
        place=place, q=request.form.get("q", "")[:LONGEST_WORDS] or None,
    )  # fmt: skip
    return redirect(address if removed else f"{address}#products", 303)


def _fill(unit: UnitOfWork, collection_id: UUID) -> tuple[UUID | None, int | None]:
    """Do what the button says; return which product was taken out, and where it was."""
    act, product_id, place = _read_act()
    if act == "add":
        wanted = [parse_id(text) for text in request.form.getlist("product")[:MOST_ADDED]]
        ids = [each for each in wanted if each]
        count = add_products(unit, collection_id=collection_id, product_ids=ids)
        flash(ngettext("One product was added.", "%(num)s products were added.", count))
    elif product_id and act in MOVES:
        move_product(unit, collection_id=collection_id, product_id=product_id, act=act)
    elif product_id and act == "put":
        put_product(unit, collection_id=collection_id, product_id=product_id, place=place)
    elif product_id and act == "remove":
        place = take_product_out(unit, collection_id=collection_id, product_id=product_id)
        return product_id, place
    return None, None


def _form(
    kept: KeptCollection | None,
    collection_id: UUID,
    wish: CollectionWish,
    *,
    error: GalleriaError | None = None,
    **more: Any,
) -> str:
    return render_template(
        "collection.html", kept=kept, collection_id=collection_id, wish=wish,
        languages_told=[g.shop.language, *(each for each in LANGUAGES if each != g.shop.language)],
        wrong=getattr(error, "field", "picture") if error else "", error=error.tell() if error else "",
        limits=(LONGEST_TITLE, LONGEST_DESCRIPTION, LONGEST_HANDLE), **more,
    )  # fmt: skip


def _page(
    collection_id: UUID, *, wish: CollectionWish | None = None, error: GalleriaError | None = None
) -> str:
    words = request.values.get("q", "")[:LONGEST_WORDS]
    with unit_of_work(g.shop.scope) as unit:
        kept = get_kept(unit, collection_id)
        members = list_members(unit, collection_id=collection_id)
        there = {member.id for member in members}
        found = list_products(
            unit, currency=g.shop.currency, words=words, page_size=FOUND + len(there)
        )
    wish = wish or CollectionWish(kept.handle, kept.texts, kept.is_published, kept.picture)
    removed = parse_id(request.args.get("removed", ""))
    return _form(
        kept, collection_id, wish, error=error, members=members, words=words,
        found=[each for each in found if each.id not in there][:FOUND],
        removed=removed if removed not in there else None,
        place=request.args.get("place", "0")[:LONGEST_PLACE],
    )  # fmt: skip

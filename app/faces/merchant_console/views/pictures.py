"""A product's pictures: sent from here, told in each language, ordered, removed and put back."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, g, jsonify, redirect, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from app.domains.accounts.permissions import Permission
from app.domains.catalog.pictures.operations import (
    add_picture,
    check_room,
    lock_pictures,
    move_picture,
    place_picture,
    remove_picture,
    restore_picture,
    tell_picture,
)
from app.domains.catalog.pictures.queries import list_arranged
from app.domains.catalog.pictures.rules import MOST_PICTURES, Move
from app.domains.media.uploads import LARGEST_UPLOAD, read_upload, store_renditions
from app.faces.merchant_console.views.products import product_page
from app.faces.shared.access import requires
from app.faces.shared.languages import LANGUAGES
from app.foundation.errors import GalleriaError, NotFoundError
from app.foundation.identifiers import parse_id
from app.foundation.unit_of_work import UnitOfWork, unit_of_work

pictures = Blueprint("pictures", __name__)
LONGEST_NAME = 80
MOST_AT_ONCE = 30


@pictures.post("/shops/<uuid:shop_id>/products/<uuid:product_id>/pictures")
@requires(Permission.CHANGE_PRODUCTS)
def save(shop_id: UUID, product_id: UUID) -> Any:
    """Keep what is said of the pictures; then do what the button says, and take what was sent.

    One form for all of it, so that nothing typed is lost. A script that sends one file at a time
    asks for JSON.
    """
    act, media_id, place = _read_act()
    with unit_of_work(g.shop.scope) as unit:
        lock_pictures(unit, product_id=product_id)
        _tell(unit, product_id)
        if media_id:
            _act(unit, act, product_id=product_id, media_id=media_id, place=place)
    files = [file for file in request.files.getlist("pictures") if file.filename]
    added, problems = _take(files, product_id)
    if request.accept_mimetypes.best_match(("text/html", "application/json")) == "application/json":
        return _tell_script(problems)
    if added:
        flash(ngettext("One picture was added.", "%(num)s pictures were added.", added))
    if act == "add" and not files:
        problems = [gettext("Choose one or several pictures first.")]
    if problems:
        return product_page(product_id, problems=problems), 422
    if not added:
        flash(_said(act))
    removed = "1" if act == "remove" else None
    address = url_for("products.show", shop_id=shop_id, product_id=product_id, removed=removed)
    return redirect(f"{address}#pictures", 303)


def _read_act() -> tuple[str, UUID | None, int]:
    """Return what a button says: `up:ID`, or `place:ID:NUMBER` of a picture that was dragged."""
    act, _, rest = request.form.get("act", "").partition(":")
    media_id, _, place = rest.partition(":")
    is_place = place.isascii() and place.isdigit() and len(place) < len("1000")
    return act, parse_id(media_id), int(place) if is_place else 0


def _tell(unit: UnitOfWork, product_id: UUID) -> None:
    """Keep what was typed of each picture; one that went meanwhile is left out."""
    for picture in list_arranged(unit, product_id=product_id):
        told = {
            language: request.form.get(f"alt-{language}-{picture.media_id}")
            for language in LANGUAGES
        }
        given = {language: text for language, text in told.items() if text is not None}
        before = {each: picture.alt_of(each, g.shop.language) for each in given}
        if given and picture.removed_at is None and given != before:
            tell_picture(
                unit, product_id=product_id, media_id=picture.media_id, alts=given,
                main_language=g.shop.language,
            )  # fmt: skip


def _act(unit: UnitOfWork, act: str, *, product_id: UUID, media_id: UUID, place: int) -> None:
    """Do what a button says; one that says nothing known only keeps what was typed."""
    of = {"product_id": product_id, "media_id": media_id}
    if act in set(Move):
        move_picture(unit, move=Move(act), **of)
    elif act == "place":
        place_picture(unit, place=place, **of)
    elif act == "remove":
        remove_picture(unit, **of)
    elif act == "restore":
        restore_picture(unit, **of)


def _said(act: str) -> str:
    said: dict[str, str] = {
        "remove": gettext("Removed. You can put it back below for 30 days."),
        "restore": gettext("The picture is back where it was."),
    }
    return said.get(act) or str(gettext("Saved."))


def _take(files: list[FileStorage], product_id: UUID) -> tuple[int, list[str]]:
    """Take each file that was sent; return how many, and what is wrong with the others."""
    added, problems = 0, []
    for file in files[:MOST_AT_ONCE]:
        try:
            _add(file, product_id)
            added += 1
        except NotFoundError:
            raise
        except GalleriaError as error:
            problems.append(f"{(file.filename or '')[:LONGEST_NAME]}: {error.tell()}")
    return added, problems


def _add(file: FileStorage, product_id: UUID) -> None:
    """Make a file's sizes anew, keep them, and put the picture behind the others."""
    with unit_of_work(g.shop.scope) as unit:
        check_room(unit, product_id=product_id)
    made = read_upload(file.stream.read(LARGEST_UPLOAD + 1))
    store_renditions(made)
    with unit_of_work(g.shop.scope) as unit:
        add_picture(unit, product_id=product_id, made=made)


def _tell_script(problems: list[str]) -> tuple[Response, int]:
    return jsonify(problems=problems, most=MOST_PICTURES), 422 if problems else 200

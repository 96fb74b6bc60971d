"""The shop's profile: its name, its texts in each language, and its imprint.

A person changes one part at a time, so that nothing typed is lost. What is saved is seen at once,
and what was there before can be put back.
"""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext

from app.domains.accounts.addresses.rules import known_countries
from app.domains.accounts.permissions import Permission
from app.domains.content.errors import NothingEarlierError, ProfileError
from app.domains.content.operations import change_imprint, change_texts, put_earlier_back
from app.domains.content.queries import KeptProfile, find_unfinished, get_kept
from app.domains.content.rules import PARTS
from app.domains.content.rules import texts as text_rules
from app.domains.content.rules.imprint import clean_imprint
from app.faces.merchant_console.profile_forms import (
    LONGEST_OF_IMPRINT,
    count_written,
    fill_imprint,
    fill_texts,
    find_theirs,
    languages_in_order,
    name_missing,
    read_typed,
    seen_version,
    texts_by_language,
)
from app.faces.shared.access import requires
from app.faces.shared.addresses import named_countries
from app.faces.shared.log.words import tell_field
from app.foundation.database import directory_scope
from app.foundation.errors import GalleriaError
from app.foundation.unit_of_work import unit_of_work
from tenants.errors import ShopNameError, ShopRenamedError
from tenants.operations import find_former_name, rename_shop
from tenants.rules import LONGEST_NAME

profile = Blueprint("profile", __name__)
PAGES = {
    "texts": "profile.show_texts",
    "pictures": "profile_pictures.show",
    "imprint": "profile.show_imprint",
}
"""The page of each part."""


def read_profile() -> KeptProfile:
    """Return the profile of the shop that the address names."""
    with unit_of_work(g.shop.scope) as unit:
        return get_kept(unit)


@profile.get("/shops/<uuid:shop_id>/profile")
@requires(Permission.CHANGE_PROFILE)
def show(shop_id: UUID) -> str:
    """Show the shop's name, and how far each part of its profile is."""
    return _overview(shop_id)


def _overview(shop_id: UUID, name: str = "", error: GalleriaError | None = None) -> str:
    kept = read_profile()
    with unit_of_work(directory_scope()) as unit:
        former = find_former_name(unit, shop_id=shop_id)
    return render_template(
        "profile.html", kept=kept, former=former, name=name if error else g.shop.name,
        seen=error.facts.get("name", g.shop.name) if error else g.shop.name,
        error=error.tell() if error else "", longest=LONGEST_NAME,
        missing=name_missing(find_unfinished(kept, main_language=g.shop.language)),
    )  # fmt: skip


@profile.post("/shops/<uuid:shop_id>/profile")
@requires(Permission.CHANGE_PROFILE)
def rename(shop_id: UUID) -> Any:
    """Give the shop another name, or the one from before."""
    name, seen = (request.form.get(each, "")[: LONGEST_NAME * 2] for each in ("name", "seen"))
    try:
        with unit_of_work(directory_scope()) as unit:
            rename_shop(unit, shop_id=shop_id, name=name, seen=seen)
    except (ShopNameError, ShopRenamedError) as error:
        return _overview(shop_id, name, error), error.status
    flash(gettext("Saved. Buyers see the new name within a few seconds."))
    return redirect(url_for("profile.show", shop_id=shop_id), 303)


@profile.get("/shops/<uuid:shop_id>/profile/texts")
@requires(Permission.CHANGE_PROFILE)
def show_texts(shop_id: UUID) -> str:
    """Show the shop's texts in each language, to be changed."""
    del shop_id
    kept = read_profile()
    return _texts_page(kept, fill_texts(kept))


@profile.post("/shops/<uuid:shop_id>/profile/texts")
@requires(Permission.CHANGE_PROFILE)
def save_texts(shop_id: UUID) -> Any:
    """Keep the shop's texts."""
    kept = read_profile()
    typed = read_typed(fill_texts(kept), text_rules.LONGEST)
    try:
        with unit_of_work(g.shop.scope) as unit:
            change_texts(unit, seen=seen_version(), texts=texts_by_language(typed))
    except ProfileError as error:
        return _texts_page(read_profile(), typed, error), error.status
    return _saved(shop_id, "texts")


def _texts_page(
    kept: KeptProfile, values: dict[str, str], error: ProfileError | None = None
) -> str:
    return render_template(
        "profile_texts.html", kept=kept, values=values, **tell_error(error),
        seen=seen_after(kept, "texts", error), longest=text_rules.LONGEST,
        theirs=find_theirs(fill_texts(kept), values), languages_told=languages_in_order(),
        tell_field=tell_field, written=count_written(values),
    )  # fmt: skip


@profile.get("/shops/<uuid:shop_id>/profile/imprint")
@requires(Permission.CHANGE_PROFILE)
def show_imprint(shop_id: UUID) -> str:
    """Show who stands behind the shop, to be changed."""
    del shop_id
    kept = read_profile()
    return _imprint_page(kept, fill_imprint(kept.imprint))


@profile.post("/shops/<uuid:shop_id>/profile/imprint")
@requires(Permission.CHANGE_PROFILE)
def save_imprint(shop_id: UUID) -> Any:
    """Keep who stands behind the shop."""
    kept = read_profile()
    typed = read_typed(fill_imprint(kept.imprint), LONGEST_OF_IMPRINT)
    try:
        with unit_of_work(g.shop.scope) as unit:
            change_imprint(unit, seen=seen_version(), imprint=clean_imprint(typed))
    except ProfileError as error:
        return _imprint_page(read_profile(), typed, error), error.status
    return _saved(shop_id, "imprint")


def _imprint_page(
    kept: KeptProfile, values: dict[str, str], error: ProfileError | None = None
) -> str:
    return render_template(
        "profile_imprint.html", kept=kept, values=values, **tell_error(error),
        seen=seen_after(kept, "imprint", error), longest=LONGEST_OF_IMPRINT,
        theirs=find_theirs(fill_imprint(kept.imprint), values),
        countries=named_countries(known_countries()), tell_field=tell_field,
    )  # fmt: skip


@profile.post("/shops/<uuid:shop_id>/profile/undo")
@requires(Permission.CHANGE_PROFILE)
def put_back(shop_id: UUID) -> Any:
    """Put a part back as it was before its last change."""
    part = request.form.get("part", "")
    if part not in PARTS:
        return redirect(url_for("profile.show", shop_id=shop_id), 303)
    try:
        with unit_of_work(g.shop.scope) as unit:
            put_earlier_back(unit, part=part, seen=seen_version())
    except NothingEarlierError as error:
        flash(error.tell())
    else:
        flash(gettext("It is as it was before your last change."))
    return redirect(url_for(PAGES[part], shop_id=shop_id), 303)


def _saved(shop_id: UUID, part: str) -> Any:
    return redirect(url_for(PAGES[part], shop_id=shop_id, saved="1"), 303)


def tell_error(error: ProfileError | None) -> dict[str, Any]:
    """Return what a page says of an error: a sentence, and what is wrong with each field."""
    return {
        "error": error.tell() if error else "", "problems": getattr(error, "problems", {}),
        "is_conflict": getattr(error, "code", "") == "profile_changed",
    }  # fmt: skip


def seen_after(kept: KeptProfile, part: str, error: ProfileError | None) -> int:
    """Return the version that a form stands for: after a conflict the person has seen the newest."""
    if error is None or error.code == "profile_changed":
        return kept.version(part)
    return seen_version()

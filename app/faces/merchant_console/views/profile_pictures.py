"""The shop's own pictures: its mark beside the name, and those of its first page."""

from typing import Any
from uuid import UUID

from flask import Blueprint, g, redirect, render_template, request, url_for

from app.domains.accounts.permissions import Permission
from app.domains.content.errors import ProfileError, ProfileWrongError
from app.domains.content.operations import change_pictures
from app.domains.content.queries import KeptProfile
from app.domains.content.rules.pictures import LONGEST_ALT, PLACES, find_problems, picture_facts
from app.domains.media.errors import PictureRefusedError
from app.domains.media.operations import add_upload
from app.domains.media.queries import find_picture
from app.domains.media.uploads import LARGEST_UPLOAD, read_upload, store_renditions
from app.faces.merchant_console.profile_forms import languages_in_order, seen_version
from app.faces.merchant_console.views.profile import read_profile, seen_after, tell_error
from app.faces.shared.access import requires
from app.faces.shared.languages import LANGUAGES
from app.faces.shared.log.words import tell_field
from app.foundation.unit_of_work import unit_of_work

profile_pictures = Blueprint("profile_pictures", __name__)
MARK = "logo"
HASH_LENGTH = 32


@profile_pictures.get("/shops/<uuid:shop_id>/profile/pictures")
@requires(Permission.CHANGE_PROFILE)
def show(shop_id: UUID) -> str:
    """Show the shop's own pictures, to be changed."""
    del shop_id
    kept = read_profile()
    return _page(kept, kept.pictures)


@profile_pictures.post("/shops/<uuid:shop_id>/profile/pictures")
@requires(Permission.CHANGE_PROFILE)
def save(shop_id: UUID) -> Any:
    """Keep the pictures: those that were sent, those that were there, and what is said of them."""
    wanted, problems = _read(read_profile())
    try:
        _refuse(problems | find_problems(wanted))
        with unit_of_work(g.shop.scope) as unit:
            change_pictures(unit, seen=seen_version(), pictures=wanted)
    except ProfileError as error:
        return _page(read_profile(), wanted, error), error.status
    return redirect(url_for("profile_pictures.show", shop_id=shop_id, saved="1"), 303)


def _refuse(problems: dict[str, Any]) -> None:
    if problems:
        raise ProfileWrongError(problems)


def _read(kept: KeptProfile) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """Return the pictures that the form wishes for, and what is wrong with files by their place."""
    wanted, problems = {}, {}
    for place in PLACES:
        known = kept.pictures.get(place)
        try:
            file = _file(place, known)
        except PictureRefusedError as error:
            file, problems[place] = _chosen(place, known), error.tell()
        facts = picture_facts(file, _alts(place, known or {}), main_language=g.shop.language)
        if facts:
            wanted[place] = facts
    return wanted, problems


def _file(place: str, known: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return the file for a place: just sent, or the one before. Raises PictureRefusedError."""
    sent = request.files.get(place)
    if sent is None or not sent.filename:
        return _chosen(place, known)
    made = read_upload(sent.stream.read(LARGEST_UPLOAD + 1), is_mark=place == MARK)
    store_renditions(made)
    with unit_of_work(g.shop.scope) as unit:
        add_upload(unit, made=made)
    return {"hash": made.content_hash, "width": made.width, "height": made.height}


def _chosen(place: str, known: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return what stands in a place without a new file: what an earlier try sent, or what is there."""
    if f"without-{place}" in request.form:
        return None
    sent = request.form.get(f"sent-{place}", "")[:HASH_LENGTH]
    if sent:
        with unit_of_work(g.shop.scope) as unit:
            found = find_picture(unit, sent)
        if found:
            return found.as_facts("")
    return known


def _alts(place: str, known: dict[str, Any]) -> dict[str, str]:
    before = known.get("alts") or {g.shop.language: known.get("alt", "")}
    return {
        language: request.form.get(f"{place}-alt-{language}", before.get(language, ""))[
            : LONGEST_ALT * 2
        ]
        for language in LANGUAGES
    }


def _page(
    kept: KeptProfile, pictures: dict[str, dict[str, Any]], error: ProfileError | None = None
) -> str:
    return render_template(
        "profile_pictures.html", kept=kept, pictures=pictures, **tell_error(error),
        seen=seen_after(kept, "pictures", error), places=PLACES, longest=LONGEST_ALT,
        languages_told=languages_in_order(), tell_field=tell_field, mark=MARK,
    )  # fmt: skip

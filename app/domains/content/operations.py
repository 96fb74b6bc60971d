"""Writing what a shop says of itself. Each part is changed, counted and put back as one."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or

from app.domains.content.errors import (
    NothingEarlierError,
    ProfileChangedError,
    ProfileWrongError,
)
from app.domains.content.models import EarlierProfile, ShopProfile
from app.domains.content.queries import ShopTexts
from app.domains.content.rules import imprint as imprint_rules
from app.domains.content.rules import pictures as picture_rules
from app.domains.content.rules import texts as text_rules
from app.domains.content.rules.imprint import Imprint
from app.foundation.sanitising import sanitise_html
from app.foundation.unit_of_work import UnitOfWork


def save_profile(
    unit: UnitOfWork,
    *,
    texts: dict[str, dict[str, str]],
    pictures: dict[str, Any],
    contact_email: str,
    imprint: Imprint | None = None,
) -> None:
    """Save the whole profile: texts by language and name (those of ShopTexts), pictures by place."""
    clean = {language: _clean(of_language) for language, of_language in texts.items()}
    values = {
        "texts": clean,
        "pictures": pictures,
        "contact_email": contact_email,
        "imprint": _row_of(imprint or Imprint())["imprint"],
        "changed_at": unit.now,
    }
    unit.session.execute(
        insert_or(ShopProfile)
        .values(id=1, catalogue_version=1, versions={}, **values)
        .on_conflict_do_update(index_elements=["id"], set_=values)
    )


def _clean(texts: dict[str, str]) -> dict[str, str]:
    return {
        name: sanitise_html(text) if name.endswith("_html") else text
        for name, text in texts.items()
        if name in ShopTexts.__dataclass_fields__
    }


def _row_of(imprint: Imprint) -> dict[str, Any]:
    """Return an imprint as the profile's columns hold it; the address for mails has one of its own."""
    told = {name: value for name, value in asdict(imprint).items() if value}
    return {"contact_email": told.pop("email", ""), "imprint": told}


def change_texts(unit: UnitOfWork, *, seen: int, texts: Mapping[str, Mapping[str, str]]) -> None:
    """Keep a shop's texts by language, as they were typed; `seen` is the version that was read.

    Raises ProfileWrongError and ProfileChangedError.
    """
    problems = text_rules.find_problems(texts)
    if problems:
        raise ProfileWrongError(problems)
    _change(unit, "texts", seen, {"texts": text_rules.clean_texts(texts)})


def change_pictures(
    unit: UnitOfWork, *, seen: int, pictures: Mapping[str, Mapping[str, Any]]
) -> None:
    """Keep a shop's pictures by place. Raises ProfileWrongError and ProfileChangedError."""
    problems = picture_rules.find_problems(pictures)
    if problems:
        raise ProfileWrongError(problems)
    _change(unit, "pictures", seen, {"pictures": dict(pictures)})


def change_imprint(unit: UnitOfWork, *, seen: int, imprint: Imprint) -> None:
    """Keep who stands behind the shop. Raises ProfileWrongError and ProfileChangedError."""
    checked, problems = imprint_rules.check_imprint(imprint)
    if problems:
        raise ProfileWrongError(problems)
    _change(unit, "imprint", seen, _row_of(checked))


def put_earlier_back(unit: UnitOfWork, *, part: str, seen: int) -> None:
    """Put a part back as it was before its last change; asked for twice, that is done once.

    Raises NothingEarlierError where it was changed again after version `seen`.
    """
    now, version = _lock(unit, part)
    earlier = unit.session.execute(
        select(EarlierProfile.version, EarlierProfile.content, EarlierProfile.is_put_back).where(
            EarlierProfile.part == part
        )
    ).one_or_none()
    if earlier is None:
        raise NothingEarlierError
    if earlier.is_put_back and earlier.version == seen:
        return
    if version != seen:
        raise NothingEarlierError
    _write(unit, part, version, now, earlier.content, is_put_back=True)


def _change(unit: UnitOfWork, part: str, seen: int, wanted: dict[str, Any]) -> None:
    now, version = _lock(unit, part)
    if now == wanted:
        return
    if version != seen:
        raise ProfileChangedError
    _write(unit, part, version, now, wanted, is_put_back=False)


def _columns(part: str) -> tuple[str, ...]:
    return ("imprint", "contact_email") if part == "imprint" else (part,)


def _lock(unit: UnitOfWork, part: str) -> tuple[dict[str, Any], int]:
    """Let nobody else change the profile meanwhile; return a part as it is, and its version."""
    unit.session.execute(
        insert_or(ShopProfile)
        .values(
            id=1, texts={}, pictures={}, imprint={}, contact_email="", versions={},
            catalogue_version=1, changed_at=unit.now,
        )
        .on_conflict_do_nothing()
    )  # fmt: skip
    row = unit.session.execute(
        select(*(getattr(ShopProfile, name) for name in (*_columns(part), "versions")))
        .with_for_update()
    ).one()  # fmt: skip
    return {name: getattr(row, name) for name in _columns(part)}, row.versions.get(part, 1)


def _write(
    unit: UnitOfWork,
    part: str,
    version: int,
    now: dict[str, Any],
    wanted: dict[str, Any],
    *,
    is_put_back: bool,
) -> None:
    unit.session.execute(delete(EarlierProfile).where(EarlierProfile.part == part))
    unit.session.execute(
        insert(EarlierProfile).values(
            part=part, version=version, content=now, is_put_back=is_put_back, replaced_at=unit.now
        )
    )
    versions = ShopProfile.versions.op("||")({part: version + 1})
    unit.session.execute(
        update(ShopProfile).values(versions=versions, changed_at=unit.now, **wanted)
    )
    before, after = _fields(now), _fields(wanted)
    changed = sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
    unit.audit(
        action="put_profile_back" if is_put_back else "change_shop_profile",
        object_kind="profile", object_id=part,
        before={name: before[name] for name in changed if name in before},
        after={name: after[name] for name in changed if name in after},
    )  # fmt: skip


def _fields(content: Mapping[str, Any]) -> dict[str, str]:
    """Return a part's fields as the log compares them: one for each name, over all languages."""
    if "texts" in content:
        names = {name for texts in content["texts"].values() for name in texts}
        return {
            name: _told({lang: t[name] for lang, t in content["texts"].items() if name in t})
            for name in names
        }
    if "pictures" in content:
        return {place: _told(facts) for place, facts in content["pictures"].items()}
    email = content["contact_email"]
    return {**content["imprint"], **({"email": email} if email else {})}


def _told(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)

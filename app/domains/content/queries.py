"""Reading what a shop says of itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import cast, func, select
from sqlalchemy.dialects.postgresql import JSONB

from app.domains.content.models import EarlierProfile, ShopProfile
from app.domains.content.rules import texts as text_rules
from app.domains.content.rules.imprint import Imprint, list_missing, read_imprint
from app.foundation.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class ShopTexts:
    """A shop's texts in one language; HTML ones are sanitised when they are saved."""

    tagline: str = ""
    seo_description: str = ""
    hero_title: str = ""
    hero_text: str = ""
    story_html: str = ""
    craft_html: str = ""
    delivery_html: str = ""


_NOTHING = cast({}, JSONB)
_TEXTS = frozenset(ShopTexts.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Profile:
    """A shop's profile, for its pages."""

    texts: ShopTexts
    pictures: dict[str, Any]
    contact_email: str
    imprint: Imprint


def profile_expression(*, language: str, fallback: str) -> Any:
    """Return an SQL expression for the profile, for statements of the domains above.

    `read_profile` reads it.
    """
    texts = func.coalesce(ShopProfile.texts[fallback], _NOTHING).op("||")(
        func.coalesce(ShopProfile.texts[language], _NOTHING)
    )
    facts = func.jsonb_build_array(
        texts, ShopProfile.pictures, ShopProfile.contact_email, ShopProfile.imprint
    )
    return select(facts).scalar_subquery()


def read_profile(value: list[Any] | None) -> Profile:
    """Return what `profile_expression` found; an empty one before the shop is set up."""
    if value is None:
        return Profile(ShopTexts(), {}, "", Imprint())
    texts, pictures, contact_email, imprint = value
    known = {name: text for name, text in (texts or {}).items() if name in _TEXTS}
    told = read_imprint(imprint, email=contact_email)
    return Profile(ShopTexts(**known), pictures, contact_email, told)


def get_profile(unit: UnitOfWork, *, language: str, fallback: str) -> Profile:
    """Return the profile in `language`, each missing text in `fallback`; empty before set-up."""
    expression = profile_expression(language=language, fallback=fallback)
    return read_profile(unit.session.execute(select(expression)).scalar_one())


@dataclass(frozen=True, slots=True)
class KeptProfile:
    """The profile as its merchant edits it: all languages, and how often each part was changed."""

    texts: dict[str, dict[str, str]]
    pictures: dict[str, dict[str, Any]]
    imprint: Imprint
    versions: Mapping[str, int]
    earlier: Mapping[str, datetime]
    """When each part was last changed, where what it was before can be put back."""

    def version(self, part: str) -> int:
        """Return how often a part was changed, counted from 1."""
        return self.versions.get(part, 1)

    def text(self, name: str, language: str) -> str:
        """Return one text in exactly one language, '' where it is not told."""
        return self.texts.get(language, {}).get(name, "")


def get_kept(unit: UnitOfWork) -> KeptProfile:
    """Return the profile for its merchant; empty before the shop is set up."""
    row = unit.session.execute(
        select(
            ShopProfile.texts, ShopProfile.pictures, ShopProfile.imprint,
            ShopProfile.contact_email, ShopProfile.versions,
        )
    ).one_or_none()  # fmt: skip
    if row is None:
        return KeptProfile({}, {}, Imprint(), {}, {})
    earlier = unit.session.execute(select(EarlierProfile.part, EarlierProfile.replaced_at)).all()
    return KeptProfile(
        row.texts, row.pictures, read_imprint(row.imprint, email=row.contact_email), row.versions,
        {each.part: each.replaced_at for each in earlier},
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Unfinished:
    """What a profile still lacks; it is empty, and false, where nothing is missing."""

    imprint: tuple[str, ...]
    """Fields that the law wants."""
    has_no_imprint: bool
    texts: tuple[str, ...]
    """Texts that the pages have a place for, in the shop's own language."""
    has_no_picture: bool

    def __bool__(self) -> bool:
        return bool(self.imprint or self.texts or self.has_no_picture)


def find_unfinished(profile: KeptProfile, *, main_language: str) -> Unfinished:
    """Return what a profile still lacks."""
    return Unfinished(
        tuple(list_missing(profile.imprint)), profile.imprint.is_empty,
        tuple(name for name in text_rules.MAIN if not profile.text(name, main_language)),
        not profile.pictures.get("hero"),
    )  # fmt: skip

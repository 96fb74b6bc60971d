"""Reading what a shop says of itself."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import cast, func, select
from sqlalchemy.dialects.postgresql import JSONB

from app.domains.content.models import ShopProfile
from app.foundation.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class ShopTexts:
    """A shop's texts in one language; HTML ones are sanitised when they are saved."""

    tagline: str = ""
    seo_description: str = ""
    address: str = ""
    """Who stands behind the shop and where, line by line."""
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


def profile_expression(*, language: str, fallback: str) -> Any:
    """Return an SQL expression for the profile, for statements of the domains above.

    `read_profile` reads it.
    """
    texts = func.coalesce(ShopProfile.texts[fallback], _NOTHING).op("||")(
        func.coalesce(ShopProfile.texts[language], _NOTHING)
    )
    facts = func.jsonb_build_array(texts, ShopProfile.pictures, ShopProfile.contact_email)
    return select(facts).scalar_subquery()


def read_profile(value: list[Any] | None) -> Profile:
    """Return what `profile_expression` found; an empty one before the shop is set up."""
    if value is None:
        return Profile(ShopTexts(), {}, "")
    texts, pictures, contact_email = value
    known = {name: text for name, text in (texts or {}).items() if name in _TEXTS}
    return Profile(ShopTexts(**known), pictures, contact_email)


def get_profile(unit: UnitOfWork, *, language: str, fallback: str) -> Profile:
    """Return the profile in `language`, each missing text in `fallback`; empty before set-up."""
    expression = profile_expression(language=language, fallback=fallback)
    return read_profile(unit.session.execute(select(expression)).scalar_one())

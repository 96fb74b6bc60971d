"""Reading what a shop says of itself."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from app.domains.content.models import ShopProfile
from app.foundation.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class ShopTexts:
    """A shop's texts in one language; HTML ones are sanitised when they are saved."""

    tagline: str = ""
    hero_title: str = ""
    hero_text: str = ""
    story_html: str = ""
    craft_html: str = ""
    delivery_html: str = ""


@dataclass(frozen=True, slots=True)
class Profile:
    """A shop's profile, for its pages."""

    texts: ShopTexts
    pictures: dict[str, Any]
    contact_email: str


def get_profile(unit: UnitOfWork, *, language: str, fallback: str) -> Profile:
    """Return the profile in `language`, each missing text in `fallback`; empty before set-up."""
    row = unit.session.execute(
        select(ShopProfile.texts, ShopProfile.pictures, ShopProfile.contact_email)
    ).first()
    if row is None:
        return Profile(ShopTexts(), {}, "")
    chosen = {**row.texts.get(fallback, {}), **row.texts.get(language, {})}
    known = {name: chosen[name] for name in ShopTexts.__dataclass_fields__ if name in chosen}
    return Profile(ShopTexts(**known), row.pictures, row.contact_email)

"""Writing what a shop says of itself."""

from typing import Any

from sqlalchemy.dialects.postgresql import insert

from app.domains.content.models import ShopProfile
from app.domains.content.queries import ShopTexts
from app.foundation.sanitising import sanitise_html
from app.foundation.unit_of_work import UnitOfWork


def save_profile(
    unit: UnitOfWork,
    *,
    texts: dict[str, dict[str, str]],
    pictures: dict[str, Any],
    contact_email: str,
) -> None:
    """Save the profile: texts by language and name (those of ShopTexts), pictures by place."""
    clean = {language: _clean(of_language) for language, of_language in texts.items()}
    values = {
        "texts": clean,
        "pictures": pictures,
        "contact_email": contact_email,
        "changed_at": unit.now,
    }
    unit.session.execute(
        insert(ShopProfile)
        .values(id=1, catalogue_version=1, **values)
        .on_conflict_do_update(index_elements=["id"], set_=values)
    )


def _clean(texts: dict[str, str]) -> dict[str, str]:
    return {
        name: sanitise_html(text) if name.endswith("_html") else text
        for name, text in texts.items()
        if name in ShopTexts.__dataclass_fields__
    }

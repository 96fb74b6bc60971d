"""Reading a product's pictures as its merchant arranges them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.domains.catalog.models import ProductPicture
from app.domains.media.queries import (
    PictureFile,
    PictureStanding,
    list_pictures,
    list_standings,
)
from app.foundation.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class ArrangedPicture:
    """A picture of a product, how far it is, and whether it was removed."""

    media_id: UUID
    alt: str
    alts: dict[str, str]
    removed_at: datetime | None
    file: PictureFile | None
    standing: PictureStanding

    def alt_of(self, language: str, main_language: str) -> str:
        """Return what is told in one language, nothing where nothing is."""
        return self.alt if language == main_language else self.alts.get(language, "")


def list_arranged(unit: UnitOfWork, *, product_id: UUID) -> list[ArrangedPicture]:
    """Return a product's pictures in their order, those that were removed last, newest first."""
    rows = unit.session.execute(
        select(
            ProductPicture.media_id, ProductPicture.alt, ProductPicture.alts,
            ProductPicture.removed_at,
        )
        .where(ProductPicture.product_id == product_id)
        .order_by(ProductPicture.removed_at.desc().nulls_first(), ProductPicture.position)
    ).all()  # fmt: skip
    ids = [row.media_id for row in rows]
    files, standings = list_pictures(unit, media_ids=ids), list_standings(unit, media_ids=ids)
    return [ArrangedPicture(*row, files.get(row.media_id), standings[row.media_id]) for row in rows]

"""Reading pictures."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from app.domains.media.models import MediaFile
from app.foundation.unit_of_work import UnitOfWork

WIDTHS = (320, 640, 960, 1600)
"""The widths, in pixels, in which every picture is kept; wider ones than it has are left out."""


@dataclass(frozen=True, slots=True)
class PictureFile:
    """A picture that is there: its address follows from its content."""

    content_hash: str
    width: int
    height: int

    def as_facts(self, alt: str) -> dict[str, Any]:
        """Return what read models and pages keep of it."""
        return {"hash": self.content_hash, "width": self.width, "height": self.height, "alt": alt}


def picture_expression(media_id: Any) -> Any:
    """Return an SQL expression for a picture that is there, null for one that is missing.

    For statements of the domains above, which know a picture by its id; `read_picture` reads it.
    """
    return (
        select(func.jsonb_build_array(MediaFile.content_hash, MediaFile.width, MediaFile.height))
        .where(MediaFile.id == media_id, MediaFile.state == "ready")
        .correlate_except(MediaFile)
        .scalar_subquery()
    )


def read_picture(value: list[Any] | None) -> PictureFile | None:
    """Return what `picture_expression` found."""
    return PictureFile(*value) if value else None


def list_pictures(unit: UnitOfWork, *, media_ids: Iterable[UUID]) -> dict[UUID, PictureFile]:
    """Return the pictures that are there, by id; missing ones are not in it."""
    rows = unit.session.execute(
        select(MediaFile.id, MediaFile.content_hash, MediaFile.width, MediaFile.height).where(
            MediaFile.id.in_(list(media_ids)), MediaFile.state == "ready"
        )
    )
    return {row.id: PictureFile(row.content_hash, row.width, row.height) for row in rows}


@dataclass(frozen=True, slots=True)
class WaitingPicture:
    """A picture to be fetched."""

    id: UUID
    source: str
    attempts: int


def list_waiting(unit: UnitOfWork, *, limit: int = 50) -> list[WaitingPicture]:
    """Return pictures whose time to be fetched has come."""
    rows = unit.session.execute(
        select(MediaFile.id, MediaFile.source, MediaFile.attempts)
        .where(MediaFile.state != "ready", MediaFile.next_at <= unit.now)
        .order_by(MediaFile.next_at)
        .limit(limit)
    )
    return [WaitingPicture(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class PictureStanding:
    """How far a picture is: waiting, ready, or missing with the reason in one word."""

    state: str
    problem: str
    next_at: datetime | None
    """When it is tried again; None once it is ready or given up."""


def list_standings(unit: UnitOfWork, *, media_ids: Iterable[UUID]) -> dict[UUID, PictureStanding]:
    """Return how far these pictures are, by id."""
    rows = unit.session.execute(
        select(MediaFile.id, MediaFile.state, MediaFile.problem, MediaFile.next_at).where(
            MediaFile.id.in_(list(media_ids))
        )
    )
    return {row.id: PictureStanding(row.state, row.problem, row.next_at) for row in rows}


def list_content_hashes(unit: UnitOfWork) -> list[str]:
    """Return what the shop's pictures are called by their content."""
    return list(
        unit.session.execute(
            select(MediaFile.content_hash).where(MediaFile.content_hash != "").distinct()
        ).scalars()
    )


def find_picture(unit: UnitOfWork, content_hash: str) -> PictureFile | None:
    """Return the picture of this shop that has this content."""
    found = unit.session.execute(
        select(MediaFile.content_hash, MediaFile.width, MediaFile.height)
        .where(MediaFile.content_hash == content_hash, MediaFile.state == "ready")
        .limit(1)
    ).first()
    return PictureFile(*found) if found else None


def is_known_hash(unit: UnitOfWork, content_hash: str) -> bool:
    """Whether a picture of this shop has this content."""
    found = unit.session.execute(
        select(MediaFile.id).where(MediaFile.content_hash == content_hash).limit(1)
    ).first()
    return found is not None

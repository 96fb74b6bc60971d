"""Knowing pictures by their source, and keeping what was made of them."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import insert, select, update

from app.domains.media.models import MediaFile
from app.domains.media.renditions import Renditions
from app.foundation.identifiers import new_id
from app.foundation.unit_of_work import UnitOfWork

MOST_ATTEMPTS = 8


def ensure_media(unit: UnitOfWork, *, sources: Sequence[str]) -> dict[str, UUID]:
    """Return a file's id for each source, waiting to be fetched where it is new."""
    if not sources:
        return {}
    rows = unit.session.execute(
        select(MediaFile.source, MediaFile.id).where(MediaFile.source.in_(sources))
    ).all()
    known = {source: media_id for source, media_id in rows}  # noqa: C416 - a row is no tuple
    new = {source: new_id() for source in sources if source not in known}
    if new:
        unit.session.execute(
            insert(MediaFile).values(
                [
                    {
                        "id": media_id, "source": source, "state": "waiting", "content_hash": "",
                        "width": 0, "height": 0, "attempts": 0, "problem": "",
                        "next_at": unit.now, "changed_at": unit.now,
                    }
                    for source, media_id in new.items()
                ]
            )
        )  # fmt: skip
    return {**known, **new}


def add_upload(unit: UnitOfWork, *, made: Renditions) -> UUID:
    """Know a picture that somebody sent, by its content; its files are stored already.

    The same picture sent twice is one. The name of its file is nowhere.
    """
    source = f"upload:{made.content_hash}"
    media_id = ensure_media(unit, sources=[source])[source]
    mark_ready(
        unit, media_id=media_id, content_hash=made.content_hash, width=made.width,
        height=made.height,
    )  # fmt: skip
    return media_id


def mark_ready(
    unit: UnitOfWork, *, media_id: UUID, content_hash: str, width: int, height: int
) -> None:
    """Note that a picture has been fetched and its renditions stored."""
    unit.session.execute(
        update(MediaFile)
        .where(MediaFile.id == media_id)
        .values(state="ready", content_hash=content_hash, width=width, height=height, next_at=None,
                problem="", changed_at=unit.now)
    )  # fmt: skip


def mark_missing(unit: UnitOfWork, *, media_id: UUID, attempts: int, problem: str) -> None:
    """Note that a picture could not be fetched, and why; it is tried again later, a few times."""
    wait = timedelta(minutes=min(2**attempts, 24 * 60))
    unit.session.execute(
        update(MediaFile)
        .where(MediaFile.id == media_id)
        .values(state="missing", attempts=attempts, problem=problem, changed_at=unit.now,
                next_at=unit.now + wait if attempts < MOST_ATTEMPTS else None)
    )  # fmt: skip

"""Arranging a product's pictures. The product's row is locked first, so that orders never mix."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import delete, insert, select, update

from app.domains.catalog.models import Product, ProductPicture
from app.domains.catalog.operations import record_changed
from app.domains.catalog.pictures.errors import PictureThereError, TooManyPicturesError
from app.domains.catalog.pictures.rules import (
    KEPT_AFTER_REMOVAL,
    MOST_PICTURES,
    Move,
    clean_alts,
    moved,
    placed,
)
from app.domains.media.operations import add_upload
from app.domains.media.renditions import Renditions
from app.foundation.errors import NotFoundError
from app.foundation.unit_of_work import UnitOfWork


def add_picture(unit: UnitOfWork, *, product_id: UUID, made: Renditions) -> UUID:
    """Put a picture that was sent behind the others; its files are stored already.

    One that was removed comes back with what was said of it. Raises NotFoundError,
    TooManyPicturesError and PictureThereError.
    """
    order = lock_pictures(unit, product_id=product_id)
    media_id = add_upload(unit, made=made)
    if media_id in order:
        raise PictureThereError
    if len(order) >= MOST_PICTURES:
        raise TooManyPicturesError(most=MOST_PICTURES)
    if not _put_back(unit, product_id, media_id, len(order) + 1):
        unit.session.execute(
            insert(ProductPicture).values(
                product_id=product_id, media_id=media_id, position=len(order) + 1, alt="", alts={},
                is_uploaded=True, removed_at=None,
            )
        )  # fmt: skip
    _arrange(unit, product_id, [*order, media_id])
    return media_id


def check_room(unit: UnitOfWork, *, product_id: UUID) -> None:
    """Say before a picture is decoded whether there is a place for it.

    Raises NotFoundError and TooManyPicturesError.
    """
    if len(lock_pictures(unit, product_id=product_id)) >= MOST_PICTURES:
        raise TooManyPicturesError(most=MOST_PICTURES)


def tell_picture(
    unit: UnitOfWork,
    *,
    product_id: UUID,
    media_id: UUID,
    alts: Mapping[str, str],
    main_language: str,
) -> None:
    """Keep what a picture shows, by language; `main_language` is the shop's own.

    Raises NotFoundError.
    """
    _find(lock_pictures(unit, product_id=product_id), media_id)
    told = clean_alts(alts)
    unit.session.execute(
        update(ProductPicture)
        .where(ProductPicture.product_id == product_id, ProductPicture.media_id == media_id)
        .values(alt=told.pop(main_language, ""), alts=told)
    )
    record_changed(unit, [product_id])


def move_picture(unit: UnitOfWork, *, product_id: UUID, media_id: UUID, move: Move) -> None:
    """Move a picture in its product's order; the first one is the main one.

    Raises NotFoundError.
    """
    order = _find(lock_pictures(unit, product_id=product_id), media_id)
    _arrange(unit, product_id, moved(order, media_id, move))


def place_picture(unit: UnitOfWork, *, product_id: UUID, media_id: UUID, place: int) -> None:
    """Put a picture at a place, counted from 0. Raises NotFoundError."""
    order = _find(lock_pictures(unit, product_id=product_id), media_id)
    _arrange(unit, product_id, placed(order, media_id, place))


def remove_picture(unit: UnitOfWork, *, product_id: UUID, media_id: UUID) -> None:
    """Take a picture off its product; for 30 days it can be put back. Raises NotFoundError."""
    order = _find(lock_pictures(unit, product_id=product_id), media_id)
    unit.session.execute(
        update(ProductPicture)
        .where(ProductPicture.product_id == product_id, ProductPicture.media_id == media_id)
        .values(removed_at=unit.now)
    )
    unit.session.execute(
        delete(ProductPicture).where(
            ProductPicture.product_id == product_id,
            ProductPicture.removed_at < unit.now - KEPT_AFTER_REMOVAL,
        )
    )
    _arrange(unit, product_id, [each for each in order if each != media_id])


def restore_picture(unit: UnitOfWork, *, product_id: UUID, media_id: UUID) -> None:
    """Put a removed picture back where it was; one that is there stays as it is.

    Raises NotFoundError and TooManyPicturesError.
    """
    order = lock_pictures(unit, product_id=product_id)
    if media_id in order:
        return
    if len(order) >= MOST_PICTURES:
        raise TooManyPicturesError(most=MOST_PICTURES)
    place = unit.session.execute(
        select(ProductPicture.position).where(
            ProductPicture.product_id == product_id, ProductPicture.media_id == media_id
        )
    ).scalar_one_or_none()
    if place is None or not _put_back(unit, product_id, media_id, place):
        raise NotFoundError
    _arrange(unit, product_id, placed(order, media_id, place - 1))


def lock_pictures(unit: UnitOfWork, *, product_id: UUID) -> list[UUID]:
    """Lock a product and return its pictures in their order. Raises NotFoundError."""
    found = unit.session.execute(
        select(Product.id).where(Product.id == product_id).with_for_update()
    ).scalar_one_or_none()
    if found is None:
        raise NotFoundError
    return list(
        unit.session.execute(
            select(ProductPicture.media_id)
            .where(ProductPicture.product_id == product_id, ProductPicture.removed_at.is_(None))
            .order_by(ProductPicture.position)
        ).scalars()
    )


def _find(order: list[UUID], media_id: UUID) -> list[UUID]:
    if media_id not in order:
        raise NotFoundError
    return order


def _put_back(unit: UnitOfWork, product_id: UUID, media_id: UUID, position: int) -> bool:
    """Let a removed picture be there again; return whether there was one."""
    found = unit.session.execute(
        update(ProductPicture)
        .where(ProductPicture.product_id == product_id, ProductPicture.media_id == media_id)
        .values(removed_at=None, position=position)
        .returning(ProductPicture.media_id)
    ).all()
    return bool(found)


def _arrange(unit: UnitOfWork, product_id: UUID, order: Sequence[UUID]) -> None:
    """Write the places anew (the constraint looks at the commit), and tell that it changed."""
    for position, media_id in enumerate(order, start=1):
        unit.session.execute(
            update(ProductPicture)
            .where(
                ProductPicture.product_id == product_id,
                ProductPicture.media_id == media_id,
                ProductPicture.position != position,
            )
            .values(position=position)
        )
    unit.session.execute(
        update(Product).where(Product.id == product_id).values(changed_at=unit.now)
    )
    record_changed(unit, [product_id])

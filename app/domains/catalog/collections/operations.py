"""Making, filling and ordering collections. Cards say in which a product is: they are told."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, select, text, update

from app.domains.catalog.collections.errors import (
    CollectionFullError,
    HandleError,
    HandleTakenError,
    TextTooLongError,
    TitleMissingError,
    TooManyCollectionsError,
)
from app.domains.catalog.collections.rules import (
    KEPT_AFTER_DELETION,
    LONGEST_DESCRIPTION,
    LONGEST_TITLE,
    MOST_COLLECTIONS,
    MOST_PRODUCTS,
    CollectionWish,
    clean_texts,
    handle_of,
    is_handle,
    shifted,
)
from app.domains.catalog.models import Collection, CollectionProduct, Product
from app.domains.catalog.operations import record_changed
from app.foundation.errors import NotFoundError
from app.foundation.unit_of_work import UnitOfWork


def make_collection(
    unit: UnitOfWork, *, collection_id: UUID, wish: CollectionWish, main_language: str
) -> None:
    """Make a collection behind the others; the same id sent twice is one.

    Raises CollectionError, by its kind.
    """
    order = _lock_all(unit)
    known = select(Collection.id).where(Collection.id == collection_id)
    if unit.session.execute(known).scalar_one_or_none():
        return
    if len(order) >= MOST_COLLECTIONS:
        raise TooManyCollectionsError(most=MOST_COLLECTIONS)
    facts = _facts(unit, collection_id, wish, main_language)
    last = select(func.coalesce(func.max(Collection.position), 0))
    unit.session.execute(
        insert(Collection).values(
            id=collection_id, position=unit.session.execute(last).scalar_one() + 1, **facts
        )
    )


def change_collection(
    unit: UnitOfWork, *, collection_id: UUID, wish: CollectionWish, main_language: str
) -> None:
    """Keep what a collection is called, where it is, what it says, and whether it is seen.

    Raises NotFoundError and CollectionError, by its kind.
    """
    if collection_id not in _lock_all(unit):
        raise NotFoundError
    facts = _facts(unit, collection_id, wish, main_language)
    unit.session.execute(update(Collection).where(Collection.id == collection_id).values(**facts))
    record_changed(unit, _members(unit, collection_id))


def _facts(
    unit: UnitOfWork, collection_id: UUID, wish: CollectionWish, main_language: str
) -> dict[str, Any]:
    texts = clean_texts(wish.texts)
    if not texts.get(main_language, {}).get("title"):
        raise TitleMissingError
    if any(
        len(told.get("title", "")) > LONGEST_TITLE
        or len(told.get("description", "")) > LONGEST_DESCRIPTION
        for told in texts.values()
    ):
        raise TextTooLongError(title=LONGEST_TITLE, description=LONGEST_DESCRIPTION)
    others = select(Collection.handle).where(
        Collection.id != collection_id, Collection.deleted_at.is_(None)
    )
    taken = set(unit.session.execute(others).scalars())
    handle = wish.handle or handle_of(texts[main_language]["title"], taken)
    if not is_handle(handle):
        raise HandleError
    if handle in taken:
        raise HandleTakenError
    return {"handle": handle, "texts": texts, "is_published": wish.is_published,
            "picture": wish.picture}  # fmt: skip


def move_collection(unit: UnitOfWork, *, collection_id: UUID, act: str) -> None:
    """Move a collection up, down or first in the shop's navigation. Raises NotFoundError."""
    order = _lock_all(unit)
    if collection_id not in order:
        raise NotFoundError
    for position, each in enumerate(shifted(order, collection_id, act), start=1):
        unit.session.execute(
            update(Collection).where(Collection.id == each).values(position=position)
        )


def delete_collection(unit: UnitOfWork, *, collection_id: UUID) -> None:
    """Delete a collection, not its products; for 30 days it can be brought back.

    Raises NotFoundError.
    """
    if collection_id not in _lock_all(unit):
        raise NotFoundError
    unit.session.execute(
        update(Collection).where(Collection.id == collection_id).values(deleted_at=unit.now)
    )
    unit.session.execute(
        delete(Collection).where(Collection.deleted_at < unit.now - KEPT_AFTER_DELETION)
    )
    record_changed(unit, _members(unit, collection_id))


def restore_collection(unit: UnitOfWork, *, collection_id: UUID) -> None:
    """Bring a deleted collection back with its products; one that is there stays as it is.

    Where another one has taken its address, it gets the next. Raises NotFoundError and
    TooManyCollectionsError.
    """
    order = _lock_all(unit)
    if collection_id in order:
        return
    if len(order) >= MOST_COLLECTIONS:
        raise TooManyCollectionsError(most=MOST_COLLECTIONS)
    handle = unit.session.execute(
        select(Collection.handle).where(Collection.id == collection_id)
    ).scalar_one_or_none()
    if handle is None:
        raise NotFoundError
    taken = set(
        unit.session.execute(
            select(Collection.handle).where(Collection.deleted_at.is_(None))
        ).scalars()
    )
    free = handle if handle not in taken else handle_of(handle, taken)
    unit.session.execute(
        update(Collection)
        .where(Collection.id == collection_id)
        .values(deleted_at=None, handle=free)
    )
    record_changed(unit, _members(unit, collection_id))


def add_products(unit: UnitOfWork, *, collection_id: UUID, product_ids: Sequence[UUID]) -> int:
    """Put products behind the others; return how many were not there before.

    What is no product of this shop is left out. Raises NotFoundError and CollectionFullError.
    """
    order = _lock(unit, collection_id)
    there = set(
        unit.session.execute(select(Product.id).where(Product.id.in_(list(product_ids)))).scalars()
    )
    new = [each for each in dict.fromkeys(product_ids) if each in there and each not in order]
    if len(order) + len(new) > MOST_PRODUCTS:
        raise CollectionFullError(most=MOST_PRODUCTS)
    _insert(unit, collection_id, new, len(order))
    _arrange(unit, collection_id, [*order, *new])
    record_changed(unit, new)
    return len(new)


def put_product(unit: UnitOfWork, *, collection_id: UUID, product_id: UUID, place: int) -> None:
    """Put a product at a place, counted from 0, whether it is there already or not.

    Raises NotFoundError and CollectionFullError.
    """
    add_products(unit, collection_id=collection_id, product_ids=[product_id])
    order = _lock(unit, collection_id)
    if product_id not in order:
        raise NotFoundError
    rest = [each for each in order if each != product_id]
    _arrange(unit, collection_id, [*rest[:place], product_id, *rest[place:]])


def move_product(unit: UnitOfWork, *, collection_id: UUID, product_id: UUID, act: str) -> None:
    """Move a product up, down or first in a collection. Raises NotFoundError."""
    order = _lock(unit, collection_id)
    if product_id not in order:
        raise NotFoundError
    _arrange(unit, collection_id, shifted(order, product_id, act))


def take_product_out(unit: UnitOfWork, *, collection_id: UUID, product_id: UUID) -> int:
    """Take a product out of a collection; return the place where it was, counted from 0.

    Raises NotFoundError.
    """
    order = _lock(unit, collection_id)
    if product_id not in order:
        raise NotFoundError
    unit.session.execute(
        delete(CollectionProduct).where(
            CollectionProduct.collection_id == collection_id,
            CollectionProduct.product_id == product_id,
        )
    )
    _arrange(unit, collection_id, [each for each in order if each != product_id])
    record_changed(unit, [product_id])
    return order.index(product_id)


def _lock_all(unit: UnitOfWork) -> list[UUID]:
    """Let nobody else change collections meanwhile; return them in order, without the deleted."""
    unit.session.execute(text("LOCK TABLE collection IN SHARE ROW EXCLUSIVE MODE"))
    return list(
        unit.session.execute(
            select(Collection.id)
            .where(Collection.deleted_at.is_(None))
            .order_by(Collection.position, Collection.id)
        ).scalars()
    )


def _lock(unit: UnitOfWork, collection_id: UUID) -> list[UUID]:
    """Lock a collection and return its products in order. Raises NotFoundError."""
    found = unit.session.execute(
        select(Collection.id)
        .where(Collection.id == collection_id, Collection.deleted_at.is_(None))
        .with_for_update()
    ).scalar_one_or_none()
    if found is None:
        raise NotFoundError
    return _members(unit, collection_id)


def _members(unit: UnitOfWork, collection_id: UUID) -> list[UUID]:
    return list(
        unit.session.execute(
            select(CollectionProduct.product_id)
            .where(CollectionProduct.collection_id == collection_id)
            .order_by(CollectionProduct.position)
        ).scalars()
    )


def _insert(unit: UnitOfWork, collection_id: UUID, new: Sequence[UUID], behind: int) -> None:
    rows = [
        {"collection_id": collection_id, "product_id": each, "position": behind + n}
        for n, each in enumerate(new, start=1)
    ]
    if rows:
        unit.session.execute(insert(CollectionProduct).values(rows))


def _arrange(unit: UnitOfWork, collection_id: UUID, order: Sequence[UUID]) -> None:
    """Write the places anew in one statement; the constraint looks at the commit."""
    unit.session.execute(
        text(
            "UPDATE collection_product SET position = placed.number"
            " FROM unnest(CAST(:ids AS uuid[])) WITH ORDINALITY AS placed (id, number)"
            " WHERE collection_id = :collection AND product_id = placed.id"
            " AND position <> placed.number"
        ),
        {"ids": list(order), "collection": collection_id},
    )

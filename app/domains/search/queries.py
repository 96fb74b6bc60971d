"""Lists and search, from the read model alone: one statement with the cards and their number."""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any
from unicodedata import category
from uuid import UUID

from sqlalchemy import Integer, Select, String, bindparam, func, select

from app.domains.catalog.collections.queries import (
    CollectionRecord,
    collections_expression,
    places_in_collection,
    read_collections,
)
from app.domains.content.queries import Profile, profile_expression, read_profile
from app.domains.search.models import ProductCard
from app.foundation.money import Money
from app.foundation.unit_of_work import UnitOfWork

PAGE_SIZE = 24
MOST_WORDS = 8
MOST_COUNTED = 1000
"""Counting stops here: nobody pages further, and counting on would cost every search."""


_BECOME_SIGNS = frozenset({"No", "Lm"})
"""Categories of Unicode: numbers that are no digits, and letters that only modify others."""


class Sorting(StrEnum):
    """In which order cards come."""

    RELEVANCE = "relevance"
    NEWEST = "newest"
    PRICE_UP = "price_up"
    PRICE_DOWN = "price_down"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list shows: words, filters, order and page. Prices in minor units."""

    words: str = ""
    collection: str = ""
    price_from: int | None = None
    price_to: int | None = None
    available_only: bool = False
    sorting: Sorting = Sorting.RELEVANCE
    page: int = 1


@dataclass(frozen=True, slots=True)
class Card:
    """A product in a list, in one language."""

    product_id: UUID
    handle: str
    title: str
    vendor: str
    price: Money
    compare_at: Money | None
    has_price_range: bool
    is_available: bool
    picture: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Page:
    """A page of cards; `total` counts at most MOST_COUNTED."""

    cards: list[Card]
    total: int
    page: int

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max((self.total + PAGE_SIZE - 1) // PAGE_SIZE, 1)

    @property
    def is_capped(self) -> bool:
        """Whether there are more than were counted."""
        return self.total >= MOST_COUNTED


def find_cards(unit: UnitOfWork, *, wanted: Wanted, currency: str, language: str) -> Page:
    """Return a page of cards, in one statement."""
    rows = unit.connection.execute(_cards_query(_kind_of(wanted)), _values(wanted)).all()
    total = rows[0].total if rows else 0
    return Page([_card(row, currency, language) for row in rows], total, wanted.page)


def cards_query(wanted: Wanted) -> Select[Any]:
    """Return the statement that finds a page of cards and how many there are."""
    return _cards_query(_kind_of(wanted)).params(**_values(wanted))


def _kind_of(wanted: Wanted) -> Wanted:
    """Return what two lists have in common that differ in nothing but the values asked for."""
    return Wanted(
        words="given" if wanted.words else "",
        collection="given" if wanted.collection else "",
        price_from=None if wanted.price_from is None else 0,
        price_to=None if wanted.price_to is None else 0,
        available_only=wanted.available_only,
        sorting=wanted.sorting,
    )


def _values(wanted: Wanted) -> dict[str, Any]:
    """Return the values of a list's statement."""
    values: dict[str, Any] = {"offset": (wanted.page - 1) * PAGE_SIZE}
    if wanted.words:
        found = split_words(wanted.words)[:MOST_WORDS]
        values["words"] = " & ".join(f"{word}:*" for word in found)
    if wanted.collection:
        values |= {"collection": wanted.collection, "collections": [wanted.collection]}
    if wanted.price_from is not None:
        values["price_from"] = wanted.price_from
    if wanted.price_to is not None:
        values["price_to"] = wanted.price_to
    return values


@lru_cache(maxsize=256)
def _cards_query(wanted: Wanted) -> Select[Any]:
    """Return the statement of a kind of list, built once; building it cost as much as sending it."""
    matching = _matching(wanted)
    counted = select(func.count()).select_from(
        matching.with_only_columns(ProductCard.product_id).limit(MOST_COUNTED).subquery()
    )
    return (
        _ordered(matching.add_columns(counted.scalar_subquery().label("total")), wanted)
        .limit(PAGE_SIZE)
        .offset(bindparam("offset", type_=Integer))
    )


def _matching(wanted: Wanted) -> Select[Any]:
    query = select(
        ProductCard.product_id, ProductCard.handle, ProductCard.facts, ProductCard.price,
        ProductCard.is_available,
    )  # fmt: skip
    if wanted.words:
        query = query.where(ProductCard.words.op("@@")(_query()))
    if wanted.collection:
        query = query.where(ProductCard.collections.contains(bindparam("collections")))
    if wanted.price_from is not None:
        query = query.where(ProductCard.price >= bindparam("price_from"))
    if wanted.price_to is not None:
        query = query.where(ProductCard.price <= bindparam("price_to"))
    if wanted.available_only:
        query = query.where(ProductCard.is_available)
    return query


def _query() -> Any:
    """Return the words as a query in which every word may be the beginning of one."""
    return func.to_tsquery("simple", func.unaccent(bindparam("words", type_=String)))


def split_words(text: str) -> list[str]:
    """Return the words of what a person typed, without what unaccent would turn into a sign.

    It writes ¼ as 1/4, ŉ as 'n and a modifier letter as a quote; in a query those mean something.
    """
    plain = [" " if category(sign) in _BECOME_SIGNS or sign == "ŉ" else sign for sign in text]
    return re.findall(r"\w+", "".join(plain))


def _ordered(query: Select[Any], wanted: Wanted) -> Select[Any]:
    """Put the cards in order; a collection without a wish comes as the merchant arranged it."""
    if not wanted.collection or wanted.words or wanted.sorting is not Sorting.RELEVANCE:
        return query.order_by(*_order(wanted))
    places = places_in_collection(bindparam("collection"))
    return query.outerjoin(places, places.c.product_id == ProductCard.product_id).order_by(
        places.c.position.nulls_last(), *_order(wanted)
    )


def _order(wanted: Wanted) -> tuple[Any, ...]:
    if wanted.sorting is Sorting.PRICE_UP:
        return (ProductCard.price, ProductCard.product_id)
    if wanted.sorting is Sorting.PRICE_DOWN:
        return (ProductCard.price.desc(), ProductCard.product_id)
    newest = (ProductCard.listed_at.desc(), ProductCard.product_id)
    if wanted.sorting is Sorting.RELEVANCE and wanted.words:
        # As a subquery it is made once; without, PostgreSQL parses it again beside each row.
        asked = select(_query()).scalar_subquery()
        return (func.ts_rank(ProductCard.words, asked).desc(), *newest)
    return newest


def _card(row: Any, currency: str, language: str) -> Card:
    facts = row.facts
    compare_at = facts["compare_at"]
    return Card(
        row.product_id, row.handle, facts["titles"].get(language, facts["title"]), facts["vendor"],
        Money(row.price, currency), None if compare_at is None else Money(compare_at, currency),
        facts["has_range"], row.is_available, facts["picture"],
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Frame:
    """What every page of a shop shows around its own content."""

    profile: Profile
    collections: list[CollectionRecord]


@lru_cache(maxsize=64)
def _frame_query(language: str, fallback: str) -> Select[Any]:
    """Return the statement, built once for each pair of languages: every page sends it."""
    return select(
        profile_expression(language=language, fallback=fallback), collections_expression()
    )


def get_frame(unit: UnitOfWork, *, language: str, fallback: str) -> Frame:
    """Return what is around every page of the shop, in one statement."""
    profile, collections = unit.connection.execute(_frame_query(language, fallback)).one()
    return Frame(
        read_profile(profile), read_collections(collections, language=language, fallback=fallback)
    )

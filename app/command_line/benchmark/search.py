"""Searching one shop of 100,000 products: the real query, its times, and its plan."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psycopg

from app.command_line.benchmark.measuring import percentile
from app.command_line.benchmark.place import benchmark_place
from app.domains.search.queries import Sorting, Wanted, cards_query, find_cards
from app.foundation.database import directory_scope
from app.foundation.unit_of_work import unit_of_work
from tenants.operations import create_shop
from tenants.resolution import ShopRecord

Say = Callable[[str], None]
WORDS = Path(__file__).parent / "words.txt"
"""Materials, things and names, a line each, in three languages without accents."""

KINDS: dict[str, Wanted] = {
    "a frequent word": Wanted(words="silver"),
    "the beginning of a frequent word": Wanted(words="sil"),
    "two words": Wanted(words="silver ring"),
    "three words, one a beginning": Wanted(words="nordwind silver neck"),
    "with an accent that is not there": Wanted(words="écharpe"),
    "a number that one product has": Wanted(words="no4711"),
    "nothing": Wanted(words="zzzz"),
    "frequent, by price": Wanted(words="silver", sorting=Sorting.PRICE_UP),
    "frequent, available, in a price range": Wanted(
        words="silver", available_only=True, price_from=5_000, price_to=20_000
    ),
    "no word, newest": Wanted(),
    "no word, by price": Wanted(sorting=Sorting.PRICE_UP),
    "a collection": Wanted(collection="c7"),
    "page 40 of a frequent word": replace(Wanted(words="silver"), page=40),
}


def measure_search(*, products: int, searches: int, say: Say) -> None:
    """Measure each kind of search, from the bind to the last row, and print the plans."""
    with benchmark_place() as place:
        shop = _open_large_shop(place.dsn, products)
        say(f"{products} products in one shop")
        say(f"{'milliseconds':<42} {'p50':>8} {'p95':>8} {'p99':>8}")
        for name, wanted in KINDS.items():
            times = [_time(shop, wanted) for _ in range(searches)]
            shown = [percentile(times, share) * 1000 for share in (0.5, 0.95, 0.99)]
            say(f"{name:<42} " + " ".join(f"{value:>8.2f}" for value in shown))
        for name, wanted in KINDS.items():
            say(f"\n--- {name}\n{_plan(shop, wanted)}")


def _time(shop: ShopRecord, wanted: Wanted) -> float:
    began = time.perf_counter()
    with unit_of_work(shop.scope) as unit:
        find_cards(unit, wanted=wanted, currency=shop.currency, language="en")
    return time.perf_counter() - began


def _plan(shop: ShopRecord, wanted: Wanted) -> str:
    with unit_of_work(shop.scope) as unit:
        compiled = cards_query(wanted).compile(dialect=unit.connection.dialect)
        rows = unit.connection.exec_driver_sql(
            f"EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) {compiled}", compiled.params
        )
        return "\n".join(row[0] for row in rows)


def _open_large_shop(dsn: str, products: int) -> ShopRecord:
    with unit_of_work(directory_scope()) as unit:
        shop = create_shop(
            unit, slug="large", name="Large", kind="maker", country="DE", currency="EUR",
            language="en",
        )  # fmt: skip
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(f"SET search_path = {shop.schema}, extensions".encode())
        materials, things, names = (line.split() for line in WORDS.read_text().splitlines())
        connection.execute(_FILL, {
            "products": products, "materials": materials, "things": things, "names": names,
        })  # fmt: skip
        connection.execute(b"VACUUM ANALYZE product_card")
    return shop


_FILL = """
WITH words AS (
  SELECT n,
    (%(materials)s::text[])[1 + (n * 7919) %% cardinality(%(materials)s::text[])] AS material,
    (%(things)s::text[])[1 + (n * 104729) %% cardinality(%(things)s::text[])] AS thing,
    (%(names)s::text[])[1 + (n * 1299709) %% cardinality(%(names)s::text[])] AS name,
    (%(things)s::text[])[1 + (n * 31) %% cardinality(%(things)s::text[])] AS other
  FROM generate_series(1::bigint, %(products)s) AS n)
INSERT INTO product_card
  (product_id, handle, facts, price, is_available, collections, words, listed_at)
SELECT gen_random_uuid(), name || '-' || thing || '-' || n,
  jsonb_build_object('title', initcap(name || ' ' || material || ' ' || thing), 'titles', '{}'::jsonb,
    'vendor', initcap(name), 'compare_at', NULL, 'has_range', n %% 3 = 0, 'picture', NULL),
  500 + (n * 37) %% 250000, n %% 10 <> 0, ARRAY['c' || n %% 40],
  setweight(to_tsvector('simple', name || ' ' || material || ' ' || thing), 'A')
    || setweight(to_tsvector('simple', name || ' no' || n), 'B')
    || setweight(to_tsvector('simple', 'made of ' || material || ' with a ' || other
         || ' in mind, by hand, for those who look twice, number ' || n), 'D'),
  '2026-01-01'::timestamptz + n * interval '1 second'
FROM words
"""

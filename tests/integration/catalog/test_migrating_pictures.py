"""Pictures and collections from before they could be arranged by hand, migrated on filled tables."""

import psycopg
from psycopg.types.json import Jsonb

from app.foundation.identifiers import new_id
from tenants.migrations import revisions

TOLD = {"de": {"title": "Ring", "picture_alts": ["Vorne", "", "Hinten"]}, "fr": {"title": "Bague"}}


def test_words_for_pictures_move_to_their_pictures_and_none_stands_twice(platform):
    steps = {step.name.partition("_")[0]: step.sql for step in revisions("tenant")}
    product, other, front, back = (new_id() for _ in range(4))
    with psycopg.connect(platform.server.directory) as connection:
        connection.execute("CREATE SCHEMA before_pictures")
        connection.execute("SET LOCAL search_path TO before_pictures")
        for number in ("0002", "0004"):
            connection.execute(steps[number].encode())
        for each, told in ((product, TOLD), (other, {})):
            connection.execute(
                "INSERT INTO product (id, handle, title, is_published, translations, created_at,"
                " changed_at) VALUES (%s, %s, 'Ring', true, %s, now(), now())",
                (each, str(each), Jsonb(told)),
            )
        for each, place, media in (
            (product, 1, front), (product, 2, front), (product, 3, back), (other, 1, back),
        ):  # fmt: skip
            connection.execute(
                "INSERT INTO product_picture (product_id, position, media_id, alt)"
                " VALUES (%s, %s, %s, 'Ring')", (each, place, media),
            )  # fmt: skip
        connection.execute(
            "INSERT INTO collection (id, handle, texts) VALUES (%s, 'Old Handle', '{}')",
            (new_id(),),
        )
        for number in ("0022", "0023"):
            connection.execute(steps[number].encode())
        kept = connection.execute(
            "SELECT product_id, position, media_id, alts FROM product_picture"
        ).fetchall()
        seen = connection.execute("SELECT handle, is_published FROM collection").fetchall()
        connection.rollback()
    assert sorted(kept) == sorted([
        (product, 1, front, {"de": "Vorne"}), (product, 3, back, {"de": "Hinten"}),
        (other, 1, back, {}),
    ])  # fmt: skip
    assert seen == [("Old Handle", True)]

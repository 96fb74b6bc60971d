"""A shop is taken along whole, and erased whole: all that is left are its books and its log."""

import csv
import io
import json
import secrets
import zipfile

import psycopg
import pytest

from app.command_line.archives import new_archive
from app.command_line.shop_archive import erase_shop, export_shop
from app.domains.accounts.rules import Role
from app.domains.media.operations import ensure_media, mark_ready
from app.domains.media.ports import FileStorage
from app.domains.media.renditions import rendition_name
from app.foundation.database import db, directory_scope
from app.foundation.ports import port
from app.foundation.unit_of_work import unit_of_work
from tenants.erasing import FORGOTTEN_IN_PLATFORM
from tenants.errors import ShopStateError
from tenants.operations import close_shop, find_former_name, get_shop, rename_shop
from tenants.resolution import list_shops
from tests.conftest import drain, open_shop
from tests.functional import people
from tests.functional.signing_in import make_person


def add_picture(shop, content_hash):
    with unit_of_work(shop.scope) as unit:
        (media_id,) = ensure_media(
            unit, sources=[f"https://example.com/{secrets.token_hex(4)}.png"]
        ).values()
        mark_ready(unit, media_id=media_id, content_hash=content_hash, width=640, height=640)
    port(FileStorage).put(rendition_name(content_hash, 640), content_hash.encode(), "image/webp")


def close(shop):
    with unit_of_work(directory_scope()) as unit:
        close_shop(unit, shop_id=shop.id, actor="test")
        return get_shop(unit, shop.id)


def count(platform, query, *values):
    with psycopg.connect(platform.server.directory) as connection:
        return connection.execute(query, values).fetchone()[0]


KEPT = {
    "account", "approval", "audit", "audit_chain", "audit_checkpoint", "audit_link", "balance",
    "correction", "entry", "journal", "order_standing",
}  # fmt: skip
"""Money and who decided on it, and the log with its chain."""


def test_each_table_of_the_platform_is_kept_or_forgotten(platform):
    assert platform  # every table is imported
    of_shops = {t.name for t in db.metadatas["platform"].tables.values() if "shop" in t.columns}
    assert of_shops - KEPT == set(FORGOTTEN_IN_PLATFORM)


def test_an_archive_has_every_table_the_customers_and_the_files(platform, shop, tmp_path, mails):
    person_id, email = people.make_person(name="Ada Archive")
    people.order_as(platform, shop, person_id, email=email, name="Ada Archive")
    own = secrets.token_hex(16)
    add_picture(shop, own)
    path = tmp_path / "shop.zip"
    with new_archive(path) as file:
        manifest = export_shop(platform.server, shop, file)
    assert path.stat().st_mode & 0o077 == 0
    tables = {
        name.removeprefix("shop/").removesuffix(".csv")
        for name in manifest["tables"]
        if name.startswith("shop/")
    }
    known = {table.name for table in db.metadatas["shop"].tables.values()}
    assert tables == known - {"sealing_key"}, "every table but the keys"
    with zipfile.ZipFile(path) as archive:
        assert json.loads(archive.read("manifest.json")) == manifest
        orders = list(csv.DictReader(io.StringIO(archive.read("shop/shop_order.csv").decode())))
        assert [order["total"] for order in orders] == ["8940"]
        assert "Ada Archive" in archive.read("opened/customer.jsonl").decode()
        assert "Lindenstra" in archive.read("opened/order_contact.jsonl").decode()
        assert archive.read(f"files/{rendition_name(own, 640)}") == own.encode()
        for name, facts in manifest["tables"].items():
            rows = list(csv.reader(io.StringIO(archive.read(name).decode())))[1:]
            assert len(rows) == facts["rows"], name
        assert int(manifest["tables"]["platform/journal.csv"]["rows"]) > 0
    assert mails


def test_a_shop_goes_whole_and_its_books_stay(platform, shop, mails):
    neighbour = open_shop(f"next-{secrets.token_hex(4)}", platform)
    person_id, email = people.make_person()
    people.order_as(platform, shop, person_id, email=email)
    make_person((shop.id, Role.OWNER))
    with unit_of_work(directory_scope()) as unit:
        rename_shop(unit, shop_id=shop.id, name="Another name", seen=shop.name)
        assert find_former_name(unit, shop_id=shop.id) == shop.name
    own, shared = secrets.token_hex(16), secrets.token_hex(16)
    add_picture(shop, own)
    for each in (shop, neighbour):
        add_picture(each, shared)
    with pytest.raises(ShopStateError):
        erase_shop(platform.server, shop)
    ledger = people.ledger_hash(platform)
    assert erase_shop(platform.server, close(shop)) > 0
    assert people.ledger_hash(platform) == ledger
    schemas = "SELECT count(*) FROM pg_namespace WHERE nspname = %s"
    assert count(platform, schemas, shop.schema) == 0
    for table in ("outbox", "shop_key", "person_place"):
        assert (
            count(platform, f"SELECT count(*) FROM platform.{table} WHERE shop = %s", shop.schema)
            == 0
        )
    assert count(platform, "SELECT count(*) FROM platform.audit WHERE shop = %s", shop.schema) > 0
    assert (
        count(platform, "SELECT count(*) FROM directory.person_shop WHERE shop_id = %s", shop.id)
        == 0
    )
    members = "SELECT count(*) FROM directory.membership WHERE shop_id = %s"
    assert count(platform, members, shop.id) == 0, "its only owner too"
    assert port(FileStorage).get(rendition_name(own, 640)) is None
    assert port(FileStorage).get(rendition_name(shared, 640)), "the neighbour shows it too"
    with unit_of_work(directory_scope()) as unit:
        assert shop.id not in {each.id for each in list_shops(unit, limit=10_000)}
        erased = get_shop(unit, shop.id)
        assert find_former_name(unit, shop_id=shop.id) == "", "an earlier name is nobody's business"
    assert erased.state == "erased"
    platform.web._shops.forget()
    assert platform.shop_client(shop.slug).get("/en/").status_code == 503
    erase_shop(platform.server, erased)  # again is harmless
    assert platform.shop_client(neighbour.slug).get("/en/").status_code == 200
    drain()
    assert mails

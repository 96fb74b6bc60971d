"""A whole shop in one archive, and a whole shop gone: what `./galleria tenants export|erase` do."""

import json
import zipfile
from collections.abc import Iterator
from typing import IO, Any

from sqlalchemy import select

from app.domains.media.ports import FileStorage
from app.domains.media.queries import WIDTHS, list_content_hashes
from app.domains.media.renditions import rendition_name
from app.foundation.database import db, directory_scope
from app.foundation.ports import port
from app.foundation.sealing import SealedForPerson
from app.foundation.unit_of_work import unit_of_work
from tenants import migrations
from tenants.archive import write_tables
from tenants.bootstrap import DatabaseServer
from tenants.erasing import erase_shop_data
from tenants.operations import mark_erased
from tenants.resolution import ShopRecord, list_shops

MOST_SHOPS = 100_000


def export_shop(server: DatabaseServer, shop: ShopRecord, file: IO[bytes]) -> dict[str, Any]:
    """Write everything of a shop into one archive; return its manifest.

    Tables are as they are stored. What was sealed for the shop's customers is added opened, because
    it is the shop's own; other sealed values (stored answers, secrets of payments) stay sealed.
    """
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        tables = write_tables(server, shop, archive)
        opened = _write_opened(shop, archive)
        files = _write_files(shop, archive)
        with unit_of_work(shop.scope) as unit:
            made_at = unit.now
            unit.audit(action="export_shop", object_kind="shop", object_id=shop.id)
        manifest = {
            "format": "galleria-shop-1", "shop": str(shop.id), "slug": shop.slug,
            "name": shop.name, "schema": shop.schema, "revision": migrations.head("tenant"),
            "made_at": made_at.isoformat(),
            "tables": {t.name: {"rows": t.rows, "sha256": t.sha256} for t in tables},
            "opened": opened, "files": files,
        }  # fmt: skip
        archive.writestr("manifest.json", json.dumps(manifest, ensure_ascii=False, indent=2))
    return manifest


def _write_opened(shop: ShopRecord, archive: zipfile.ZipFile) -> dict[str, int]:
    written = {}
    for table in db.metadatas["shop"].sorted_tables:
        sealed = [c for c in table.columns if isinstance(c.type, SealedForPerson)]
        if not sealed:
            continue
        with unit_of_work(shop.scope) as unit:
            rows = unit.session.execute(select(*table.primary_key.columns, *sealed)).mappings()
            lines = [json.dumps(dict(row), ensure_ascii=False, default=str) for row in rows]
        archive.writestr(f"opened/{table.name}.jsonl", "".join(f"{line}\n" for line in lines))
        written[f"opened/{table.name}.jsonl"] = len(lines)
    return written


def _write_files(shop: ShopRecord, archive: zipfile.ZipFile) -> int:
    count = 0
    for name in _files_of(shop):
        content = port(FileStorage).get(name)
        if content is not None:
            archive.writestr(f"files/{name}", content)
            count += 1
    return count


def _files_of(shop: ShopRecord) -> Iterator[str]:
    for content_hash in _hashes_of(shop):
        for width in WIDTHS:
            yield rendition_name(content_hash, width)


def _hashes_of(shop: ShopRecord) -> set[str]:
    with unit_of_work(shop.scope) as unit:
        return set(list_content_hashes(unit))


def erase_shop(server: DatabaseServer, shop: ShopRecord) -> int:
    """Erase a closed shop whole, but for its books and its log; return how many files went.

    A file that another shop shows as well stays. Raises ShopStateError for one that is not closed.
    """
    with unit_of_work(directory_scope()) as unit:
        others = [other for other in list_shops(unit, limit=MOST_SHOPS) if other.id != shop.id]
    own = _hashes_of(shop) if shop.state == "closed" else set()
    for other in others:
        own -= _hashes_of(other)
    with unit_of_work(directory_scope()) as unit:
        mark_erased(unit, shop_id=shop.id, actor="operator")
    names = [rendition_name(each, width) for each in own for width in WIDTHS]
    for name in names:
        port(FileStorage).remove(name)
    erase_shop_data(server, shop)
    return len(names)

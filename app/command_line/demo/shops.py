"""Opening the demo shops: `python -m app.command_line.demo.shops FOLDER KEPT`, as its own process.

Takes the shops' texts, product files and pictures from demo_content, through the same operations
as a merchant's console. What is there already is left alone. Writes who can sign in to FOLDER, and
keeps the pictures' sizes in KEPT for the next demo.
"""

import json
import secrets
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pyotp import random_base32

from app.command_line.demo.pictures import KeptRenditions
from app.command_line.demo.state import SIGN_INS, write_private
from app.domains.accounts.factors.operations.codes import begin_app, code_of, confirm_app
from app.domains.accounts.factors.operations.passwords import hash_password
from app.domains.accounts.factors.queries import has_second_factor
from app.domains.accounts.factors.rules import CODE_SECONDS
from app.domains.accounts.memberships.operations import grant_role
from app.domains.accounts.memberships.queries import find_rights
from app.domains.accounts.people.operations import register_person
from app.domains.accounts.people.queries import find_person_id
from app.domains.accounts.rules import PLATFORM, Role
from app.domains.catalog.collections.operations import add_products, make_collection
from app.domains.catalog.collections.queries import list_kept
from app.domains.catalog.collections.rules import CollectionWish
from app.domains.catalog.imports.operations import import_products
from app.domains.catalog.imports.parsing import parse_products
from app.domains.catalog.imports.products import ParsedFile
from app.domains.catalog.operations import translate_product
from app.domains.catalog.queries import find_product
from app.domains.content.operations import save_profile
from app.domains.content.rules.imprint import clean_imprint
from app.domains.fulfilment.operations import add_shipping_option
from app.domains.fulfilment.queries import list_destinations
from app.domains.inventory.operations import ensure_location, set_stock
from app.domains.media.jobs import Making
from app.domains.media.operations import add_upload, ensure_media
from app.domains.media.ports import PictureSource
from app.domains.media.queries import PictureFile, list_pictures
from app.domains.media.uploads import read_upload, store_renditions
from app.domains.pricing.tax_rates import STANDARD
from app.domains.search.jobs import fetch_pictures
from app.foundation.configuration import load_configuration
from app.foundation.database import directory_scope
from app.foundation.identifiers import new_id
from app.foundation.ports import provide
from app.foundation.unit_of_work import UnitOfWork, unit_of_work
from app.gateways.pictures.web import WebPictures
from app.wiring import wire
from tenants.operations import create_shop, open_shop
from tenants.resolution import ShopRecord, find_shop

CONTENT = Path(__file__).resolve().parent.parent / "demo_content"
TEXTS = {
    "tagline": "tagline",
    "seo_description": "seo_description",
    "hero_title": "hero_title",
    "hero_text": "hero_text",
    "story": "story_html",
    "craft": "craft_html",
    "delivery_and_returns": "delivery_html",
}
EU = sorted(STANDARD)
"""The member states of the European Union."""
SHIPPING: tuple[tuple[dict[str, str], list[str], int, int | None, tuple[int, int]], ...] = (
    (
        {"en": "Insured parcel", "de": "Versichertes Paket", "fr": "Colis assuré"},
        EU, 590, 15000, (2, 5),
    ),
    (
        {"en": "Insured express", "de": "Versicherter Express", "fr": "Express assuré"},
        EU, 1490, None, (1, 2),
    ),
    (
        {"en": "Insured airmail", "de": "Versicherte Luftpost", "fr": "Poste aérienne assurée"},
        ["CH", "GB", "NO", "US", "CA", "JP"], 2400, None, (4, 10),
    ),
)  # fmt: skip


def open_demo_shops(folder: Path, make: Making) -> None:
    """Open every shop of demo_content that is not there, and write who can sign in."""
    contents = _contents()
    people = _people(folder, contents)
    provide(PictureSource, WebPictures(local_folders=(CONTENT,)))
    _ensure_person(people["admin"], PLATFORM, Role.ADMIN)
    for content in contents:
        shop = _ensure_shop(content)
        if shop.state in {"closed", "erased"}:
            continue
        _ensure_person(people[shop.slug], shop.id, Role.OWNER)
        fetch_all(shop, make)
        if not _is_dressed(shop):
            _dress(shop, content, make)


def _is_dressed(shop: ShopRecord) -> bool:
    """Whether a shop has its texts and collections: what was changed since stays as it is."""
    with unit_of_work(shop.scope) as unit:
        return bool(list_kept(unit))


def _contents() -> list[Path]:
    return sorted(path.parent for path in CONTENT.glob("*/shop.json"))


def _people(folder: Path, contents: list[Path]) -> dict[str, dict[str, str]]:
    """Return who can sign in; kept before anybody is registered, lest a crash lose a password."""
    kept = folder / SIGN_INS
    people: dict[str, dict[str, str]] = json.loads(kept.read_text()) if kept.exists() else {}
    people.setdefault("admin", _person("admin@galleria.example", "Platform admin"))
    for person in people.values():
        person.setdefault("app_secret", random_base32())
    for content in contents:
        facts = json.loads((content / "shop.json").read_text())
        slug, name = facts["slug"], facts["name"]
        owner = _person(f"owner@{slug}.example", f"Owner of {name}") | {"shop": name}
        people.setdefault(slug, owner)
    write_private(kept, people)
    return people


def _person(email: str, name: str) -> dict[str, str]:
    return {
        "email": email, "name": name, "password": secrets.token_urlsafe(12),
        "app_secret": random_base32(),
    }  # fmt: skip


def _ensure_person(person: dict[str, str], shop_id: Any, role: Role) -> None:
    with unit_of_work(directory_scope()) as unit:
        person_id = find_person_id(unit, email=person["email"])
        if person_id is None:
            person_id = register_person(
                unit, email=person["email"], name=person["name"],
                password_hash=hash_password(person["password"]), language="en",
            )  # fmt: skip
        if not has_second_factor(unit, person_id):
            secret = begin_app(unit, person_id=person_id, secret=person["app_secret"])
            confirm_app(unit, person_id=person_id, code=_code_before(secret, unit.now))
        if find_rights(unit, person_id=person_id, shop_id=shop_id) is None:
            grant_role(unit, person_id=person_id, shop_id=shop_id, role=role)


def _code_before(secret: str, now: datetime) -> str:
    """Return the code of half a minute ago, so that the present one is left for signing in."""
    return code_of(secret, now - timedelta(seconds=CODE_SECONDS))


def _ensure_shop(content: Path) -> ShopRecord:
    facts = json.loads((content / "shop.json").read_text())
    with unit_of_work(directory_scope()) as unit:
        known = find_shop(unit, facts["slug"])
        shop = known or create_shop(
            unit, slug=facts["slug"], name=facts["name"], kind=facts["kind"],
            country=facts["country"], currency=facts["currency"],
            language=facts.get("default_language", "en"),
        )  # fmt: skip
    if shop.state != "opening":
        return shop
    with unit_of_work(shop.scope) as unit:
        if not list_destinations(unit):  # else a start that was cut off has got this far
            _stock_shelves(unit, content)
    with unit_of_work(directory_scope()) as unit:
        open_shop(unit, shop_id=shop.id, actor="system")
    return shop


def _stock_shelves(unit: UnitOfWork, content: Path) -> None:
    """Give a new shop its ways of shipping and its products, all in one transaction."""
    for position, (names, countries, price, free_from, days) in enumerate(SHIPPING):
        add_shipping_option(
            unit, names=names, countries=countries, price=price, free_from=free_from,
            days=days, position=position,
        )  # fmt: skip
    _import(unit, content)


def _import(unit: UnitOfWork, content: Path) -> None:
    file = parse_products((content / "products.csv").read_bytes(), currency=unit.currency)
    _name_pictures(file, content)
    report = import_products(unit, file=file)
    set_stock(unit, location_id=ensure_location(unit, name="Workshop"), quantities=report.stock)
    translations = json.loads((content / "translations.json").read_text())
    for handle, by_language in translations.items():
        translate_product(
            unit,
            handle=handle,
            translations={language: _flat(texts) for language, texts in by_language.items()},
        )


def _name_pictures(file: ParsedFile, content: Path) -> None:
    """Turn the pictures' file names into sources of the demo's own."""
    for product in file.products:
        for picture in product.pictures:
            picture.source = _source(content, picture.source)
        for variant in product.variants:
            variant.picture = _source(content, variant.picture) if variant.picture else ""


def _source(content: Path, name: str) -> str:
    return f"demo:{content.name}/pictures/{name}"


def _flat(texts: dict[str, Any]) -> dict[str, Any]:
    """Return a product's texts as the catalogue keeps them: option names and values apart."""
    options: dict[str, Any] = texts.get("options", {})
    names = {name: facts["name"] for name, facts in options.items() if "name" in facts}
    values: dict[str, str] = {}
    for facts in options.values():
        values.update(facts.get("values", {}))
    return {
        "title": texts.get("title", ""), "body_html": texts.get("body_html", ""),
        "picture_alts": texts.get("picture_alts", []),
        "options": names, "values": values,
    }  # fmt: skip


def fetch_all(shop: ShopRecord, make: Making) -> None:
    """Make the sizes of all pictures now: a visitor comes in a moment."""
    while fetch_pictures(shop.scope, make=make):
        print(".", end="", flush=True)


def _dress(shop: ShopRecord, content: Path, make: Making) -> None:
    """Save the shop's profile and its collections."""
    facts = json.loads((content / "shop.json").read_text())
    collections = json.loads((content / "collections.json").read_text())
    names = {facts["hero"]["picture"], facts["hero"]["picture_tall"]}
    shown = _fetch(shop, content, names | {each.get("picture", "") for each in collections}, make)
    with unit_of_work(shop.scope) as unit:
        _save_profile(unit, shop, content, facts, shown)
        for collection in collections:
            _make_collection(unit, shop, collection, shown.get(collection.get("picture", "")))


def _fetch(
    shop: ShopRecord, content: Path, names: set[str], make: Making
) -> dict[str, PictureFile]:
    """Make the sizes of pictures that are no product's; return those that are there, by name."""
    sources = {name: _source(content, name) for name in sorted(names) if name}
    with unit_of_work(shop.scope) as unit:
        media = ensure_media(unit, sources=list(sources.values()))
    fetch_all(shop, make)
    with unit_of_work(shop.scope) as unit:
        ready = list_pictures(unit, media_ids=media.values())
    return {
        name: ready[media[source]] for name, source in sources.items() if media[source] in ready
    }


def _save_profile(
    unit: UnitOfWork,
    shop: ShopRecord,
    content: Path,
    facts: dict[str, Any],
    shown: dict[str, PictureFile],
) -> None:
    hero = facts["hero"]
    alts: dict[str, str] = hero["alt"]
    pictures = {
        place: shown[name].as_facts(alts[shop.language]) | {"alts": alts}
        for place, name in (("hero", hero["picture"]), ("portrait", hero["picture_tall"]))
        if name in shown
    }
    save_profile(
        unit,
        texts={language: dict(_texts(texts)) for language, texts in facts["texts"].items()},
        pictures={"logo": _mark(unit, content / "pictures" / facts["mark"]), **pictures},
        contact_email=facts["email"],
        imprint=clean_imprint(facts["imprint"] | {"email": facts["email"]}),
    )


def _make_collection(
    unit: UnitOfWork, shop: ShopRecord, collection: dict[str, Any], picture: PictureFile | None
) -> None:
    alts = {"alts": collection.get("picture_alt", {})}
    wish = CollectionWish(
        collection["handle"], _by_language(collection), is_published=True,
        picture=picture.as_facts("") | alts if picture else None,
    )  # fmt: skip
    collection_id = new_id()
    make_collection(unit, collection_id=collection_id, wish=wish, main_language=shop.language)
    found = [
        find_product(unit, handle=handle, currency=shop.currency)
        for handle in collection["products"]
    ]
    add_products(unit, collection_id=collection_id, product_ids=[each.id for each in found if each])


def _mark(unit: UnitOfWork, file: Path) -> dict[str, Any]:
    """Keep a shop's mark as its merchant would send it: its ground stays transparent."""
    made = read_upload(file.read_bytes(), is_mark=True)
    store_renditions(made)
    add_upload(unit, made=made)
    facts = PictureFile(made.content_hash, made.width, made.height)
    return facts.as_facts("") | {"alts": {}}


def _texts(texts: dict[str, str]) -> Iterator[tuple[str, str]]:
    for name, ours in TEXTS.items():
        if name in texts:
            yield ours, texts[name]


def _by_language(collection: dict[str, Any]) -> dict[str, dict[str, str]]:
    return {
        language: {
            "title": title,
            "description": collection.get("description", {}).get(language, ""),
        }
        for language, title in collection["title"].items()
    }


def main() -> None:
    """Open the shops in the marketplace that the environment names."""
    wire(load_configuration())
    folder, kept = map(Path, sys.argv[1:])
    open_demo_shops(folder, KeptRenditions(kept).make)


if __name__ == "__main__":
    main()

"""Writing one product by hand. What a form does not show (weights, other currencies) stays."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from app.domains.catalog.collections.rules import handle_of
from app.domains.catalog.making.errors import ProductWrongError
from app.domains.catalog.making.rules import ProductWish, VariantWish, find_problems, html_of
from app.domains.catalog.models import Product, Variant, VariantPrice
from app.domains.catalog.operations import record_changed
from app.foundation.errors import NotFoundError
from app.foundation.identifiers import new_id
from app.foundation.unit_of_work import UnitOfWork


def make_product(
    unit: UnitOfWork, *, product_id: UUID, wish: ProductWish, main_language: str
) -> list[UUID]:
    """Make a product; return its variants in the order of the wish.

    Its address comes from its title. The same id sent twice is one, and then nothing is returned.
    Raises ProductWrongError.
    """
    _check(wish, main_language)
    unit.session.execute(text("LOCK TABLE product IN SHARE ROW EXCLUSIVE MODE"))
    known = select(Product.id).where(Product.id == product_id)
    if unit.session.execute(known).scalar_one_or_none():
        return []
    title = wish.texts[main_language]["title"]
    unit.session.execute(
        insert(Product).values(
            id=product_id, handle=_free_handle(unit, title), created_at=unit.now,
            **_facts(unit, wish, main_language, {}),
        )
    )  # fmt: skip
    variant_ids = _write_variants(unit, product_id, wish.variants)
    record_changed(unit, [product_id])
    return variant_ids


def change_product(
    unit: UnitOfWork, *, product_id: UUID, wish: ProductWish, main_language: str
) -> list[UUID]:
    """Change a product; return its variants in the order of the wish. Others are removed.

    Its address stays. Raises NotFoundError and ProductWrongError.
    """
    translations = unit.session.execute(
        select(Product.translations).where(Product.id == product_id).with_for_update()
    ).scalar_one_or_none()
    if translations is None:
        raise NotFoundError
    _check(wish, main_language)
    unit.session.execute(
        update(Product)
        .where(Product.id == product_id)
        .values(**_facts(unit, wish, main_language, translations))
    )
    variant_ids = _write_variants(unit, product_id, wish.variants)
    record_changed(unit, [product_id])
    return variant_ids


def _check(wish: ProductWish, main_language: str) -> None:
    problems = find_problems(wish, main_language=main_language)
    if problems:
        raise ProductWrongError(problems)


def _free_handle(unit: UnitOfWork, title: str) -> str:
    stem = handle_of(title, ())
    taken = unit.session.execute(
        select(Product.handle).where(func.starts_with(Product.handle, stem))
    ).scalars()
    return handle_of(title, set(taken))


def _facts(
    unit: UnitOfWork, wish: ProductWish, main_language: str, translations: dict[str, Any]
) -> dict[str, Any]:
    main = wish.texts[main_language]
    return {
        "title": main["title"],
        "body_html": html_of(main.get("text", "")),
        "vendor": wish.vendor,
        "product_type": wish.product_type,
        "tags": list(wish.tags),
        "is_published": wish.is_published,
        "options": [
            {"name": name, "values": list(dict.fromkeys(v.choices[place] for v in wish.variants))}
            for place, name in enumerate(wish.option_names)
        ],
        "translations": _translations(wish, main_language, translations),
        "changed_at": unit.now,
    }


def _translations(
    wish: ProductWish, main_language: str, before: dict[str, Any]
) -> dict[str, dict[str, Any]]:
    """Put title and text into what was translated before; names of options stay."""
    told: dict[str, dict[str, Any]] = {**before}
    for language, typed in wish.texts.items():
        if language == main_language:
            continue
        new = {"title": typed.get("title", ""), "body_html": html_of(typed.get("text", ""))}
        told[language] = {**before.get(language, {}), **new}
    return {language: texts for language, texts in told.items() if any(texts.values())}


def _write_variants(
    unit: UnitOfWork, product_id: UUID, wishes: Sequence[VariantWish]
) -> list[UUID]:
    known = set(
        unit.session.execute(select(Variant.id).where(Variant.product_id == product_id)).scalars()
    )
    kept = [wish.id for wish in wishes if wish.id in known]
    unit.session.execute(
        delete(Variant).where(Variant.product_id == product_id, Variant.id.not_in(kept))
    )
    # Choices may change places between variants: each steps aside first, for no two are the same.
    unit.session.execute(
        update(Variant)
        .where(Variant.product_id == product_id)
        .values(choices=func.array_append(Variant.choices, func.concat("\x01", Variant.id)))
    )
    return [
        _write_variant(unit, product_id, wish, position, is_known=wish.id in known)
        for position, wish in enumerate(wishes, start=1)
    ]


def _write_variant(
    unit: UnitOfWork, product_id: UUID, wish: VariantWish, position: int, *, is_known: bool
) -> UUID:
    variant_id = wish.id if wish.id and is_known else new_id()
    facts = {"position": position, "choices": list(wish.choices), "sku": wish.sku,
             "barcode": wish.barcode}  # fmt: skip
    if is_known:
        unit.session.execute(update(Variant).where(Variant.id == variant_id).values(**facts))
    else:
        unit.session.execute(
            insert(Variant).values(
                id=variant_id, product_id=product_id, weight_grams=0, requires_shipping=True,
                is_taxable=True, picture_id=None, **facts,
            )
        )  # fmt: skip
    price = {
        "amount": wish.price.amount,
        "compare_at": wish.compare_at.amount if wish.compare_at else None,
    }
    unit.session.execute(
        upsert(VariantPrice)
        .values(variant_id=variant_id, currency=wish.price.currency, **price)
        .on_conflict_do_update(index_elements=["variant_id", "currency"], set_=price)
    )
    return variant_id

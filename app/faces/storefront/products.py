"""What a product's page shows: options with their choices, the chosen variant, its stock."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.domains.catalog.queries import ProductRecord, VariantRecord
from app.domains.inventory.queries import NOTHING, Availability
from app.foundation.money import Money

LAST_FEW = 3


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of an option; `value` is what the form sends, `label` what the buyer reads."""

    value: str
    label: str
    is_selected: bool
    is_available: bool


@dataclass(frozen=True, slots=True)
class Option:
    """An option such as "Metal", with its choices."""

    name: str
    choices: list[Choice]


@dataclass(frozen=True, slots=True)
class ProductView:
    """A product as its page shows it."""

    handle: str
    title: str
    body_html: str
    vendor: str
    tags: tuple[str, ...]
    options: list[Option]
    variant_id: UUID | None
    variant_title: str
    sku: str
    price: Money | None
    compare_at: Money | None
    stock: str
    """in_stock, last_few or sold_out"""
    free: int
    pictures: list[dict[str, Any]]


def make_product_view(
    product: ProductRecord,
    stock: dict[UUID, Availability],
    chosen: list[str],
    language: str,
) -> ProductView:
    """Choose the variant that the URL asks for, or the first that can be bought."""
    sold = [variant for variant in product.variants if variant.price]
    variant = _choose(sold, stock, chosen)
    free = stock.get(variant.id, NOTHING).free if variant else 0
    title, body_html = product.in_language(language)
    labels = [product.choice_in(language, choice) for choice in variant.choices] if variant else []
    return ProductView(
        handle=product.handle,
        title=title,
        body_html=body_html,
        vendor=product.vendor,
        tags=product.tags,
        options=_options(product, sold, stock, variant, language),
        variant_id=variant.id if variant else None,
        variant_title=" / ".join(label for label in labels if label),
        sku=variant.sku if variant else "",
        price=variant.price if variant else None,
        compare_at=_higher(variant),
        stock="sold_out" if not free else "last_few" if free <= LAST_FEW else "in_stock",
        free=free,
        pictures=_pictures(product, variant, language),
    )


def _choose(
    sold: list[VariantRecord], stock: dict[UUID, Availability], chosen: list[str]
) -> VariantRecord | None:
    for variant in sold:
        if chosen and list(variant.choices) == chosen:
            return variant
    available = [variant for variant in sold if stock.get(variant.id, NOTHING).free]
    return next(iter(available or sold), None)


def _higher(variant: VariantRecord | None) -> Money | None:
    if variant is None or variant.price is None or variant.compare_at is None:
        return None
    return variant.compare_at if variant.price < variant.compare_at else None


def _options(
    product: ProductRecord,
    sold: list[VariantRecord],
    stock: dict[UUID, Availability],
    selected: VariantRecord | None,
    language: str,
) -> list[Option]:
    options = []
    for position, name in enumerate(product.option_names_in(language)):
        values = list(dict.fromkeys(variant.choices[position] for variant in sold))
        choices = [
            Choice(
                value,
                product.choice_in(language, value),
                selected is not None and selected.choices[position] == value,
                any(
                    stock.get(variant.id, NOTHING).free
                    for variant in sold
                    if variant.choices[position] == value
                ),
            )
            for value in values
        ]
        options.append(Option(name, choices))
    return options


def _pictures(
    product: ProductRecord, variant: VariantRecord | None, language: str
) -> list[dict[str, Any]]:
    """Return the pictures that are there, the chosen variant's own one first."""
    own = variant.picture_id if variant else None
    ordered = sorted(product.pictures, key=lambda picture: picture.media_id != own)
    return [
        picture.facts | {"alt": picture.alt_in(language)} for picture in ordered if picture.facts
    ]

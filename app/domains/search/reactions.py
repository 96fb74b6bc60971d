"""What keeps the read model true."""

from app.domains.catalog.events import ProductsChanged
from app.domains.inventory.events import StockChanged
from app.domains.search.operations import (
    products_of_variants,
    rebuild_cards,
    refresh_availability,
)
from app.foundation.unit_of_work import UnitOfWork


def rebuild_changed_cards(unit: UnitOfWork, event: ProductsChanged) -> None:
    """Rebuild the cards of products that changed."""
    rebuild_cards(unit, product_ids=event.product_ids, currency=unit.currency)


def refresh_changed_stock(unit: UnitOfWork, event: StockChanged) -> None:
    """Write anew whether products can be bought whose stock changed."""
    product_ids = products_of_variants(unit, variant_ids=event.variant_ids)
    if product_ids:
        refresh_availability(unit, product_ids=product_ids)

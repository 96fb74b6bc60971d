"""A shop as its own people's programs see it."""

from uuid import UUID

from pydantic import BaseModel, Field

from app.domains.catalog.queries import ProductRecord
from app.domains.inventory.queries import Availability
from app.faces.api.schemas.account import OrderSummary
from app.faces.api.schemas.catalogue import Product
from app.faces.api.schemas.orders import OrderLine


class ManagedProduct(BaseModel):
    """A product, published or not."""

    is_published: bool
    product: Product

    @classmethod
    def of(
        cls, product: ProductRecord, stock: dict[UUID, Availability], language: str
    ) -> "ManagedProduct":
        """Return a product as the shop's people see it."""
        return cls(is_published=product.is_published, product=Product.of(product, stock, language))


class ManagedProductList(BaseModel):
    """A page of the shop's products, by title."""

    products: list[ManagedProduct]
    page: int
    has_next: bool


class OrderIdPath(BaseModel):
    """Which order."""

    order_id: UUID


class ManagedOrder(BaseModel):
    """An order with the buyer's address; the look is noted in the shop's log."""

    order: OrderSummary
    lines: list[OrderLine]
    email: str
    address: list[str] = Field(description="As lines, in the country's order; empty once erased")

"""The shop whose host was asked; the dispatcher has found it."""

from flask import request

from app.foundation.database import ShopScope
from tenants.resolution import ShopRecord


def current_shop() -> ShopRecord:
    """Return the shop whose host was asked."""
    shop: ShopRecord = request.environ["galleria.shop"]
    return shop


def current_scope() -> ShopScope:
    """Return the scope of the shop whose host was asked."""
    return current_shop().scope

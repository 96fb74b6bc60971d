"""The calls of the API, by the host they belong to."""

from app.faces.api.views.account import account
from app.faces.api.views.carts import carts
from app.faces.api.views.catalogue import catalogue
from app.faces.api.views.checkouts import checkouts
from app.faces.api.views.manage import manage
from app.faces.api.views.orders import orders
from app.faces.api.views.shops import shops

of_shop = (catalogue, carts, checkouts, orders, manage)
of_marketplace = (shops, account)

__all__ = ["of_marketplace", "of_shop"]

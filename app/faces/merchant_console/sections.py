"""The console's sections in their order: the navigation, and where a person lands."""

from typing import Any
from uuid import UUID

from flask import current_app
from flask_babel import lazy_gettext

from app.domains.accounts.permissions import Permission
from app.domains.accounts.sessions.queries import Visitor

SECTIONS: tuple[tuple[str, Any], ...] = (
    ("orders.index", lazy_gettext("Orders")),
    ("customers.index", lazy_gettext("Customers")),
    ("products.index", lazy_gettext("Products")),
    ("collections.index", lazy_gettext("Collections")),
    ("products.ask_file", lazy_gettext("Import")),
    ("own_stock.index", lazy_gettext("Your stock")),
    ("money.balance", lazy_gettext("Balance")),
    ("approvals.index", lazy_gettext("Approvals")),
    ("profile.show", lazy_gettext("Shop")),
    ("people.index", lazy_gettext("People")),
    ("tokens.index", lazy_gettext("Keys")),
    ("log.index", lazy_gettext("Log")),
    ("rights.show", lazy_gettext("Your rights")),
)


HIDDEN_BY = {"own_stock.index": Permission.SEE_PRODUCTS}
"""Sections that say less than another one: not shown to whoever may open that."""


def list_sections(visitor: Visitor, shop_id: UUID) -> list[tuple[str, Any]]:
    """Return the sections that a person finds in the navigation of a shop."""
    return [
        (endpoint, text)
        for endpoint, text in SECTIONS
        if visitor.may(_access(endpoint), shop_id)
        and not (endpoint in HIDDEN_BY and visitor.may(HIDDEN_BY[endpoint], shop_id))
    ]


def _access(endpoint: str) -> Permission:
    access: Permission = vars(current_app.view_functions[endpoint])["access"]
    return access


def first_section(visitor: Visitor, shop_id: UUID) -> str:
    """Return the endpoint of the first section that a person may open in a shop, or ''."""
    return next((endpoint for endpoint, _ in list_sections(visitor, shop_id)), "")

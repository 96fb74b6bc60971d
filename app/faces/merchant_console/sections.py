"""The console's sections in their order: the navigation, and where a person lands."""

from typing import Any
from uuid import UUID

from flask import current_app
from flask_babel import lazy_gettext

from app.domains.accounts.sessions.queries import Visitor

SECTIONS: tuple[tuple[str, Any], ...] = (
    ("orders.index", lazy_gettext("Orders")),
    ("products.index", lazy_gettext("Products")),
    ("products.ask_file", lazy_gettext("Import")),
    ("money.balance", lazy_gettext("Balance")),
    ("approvals.index", lazy_gettext("Approvals")),
    ("people.index", lazy_gettext("People")),
    ("log.index", lazy_gettext("Log")),
    ("rights.show", lazy_gettext("Your rights")),
)


def first_section(visitor: Visitor, shop_id: UUID) -> str:
    """Return the endpoint of the first section that a person may open in a shop, or ''."""
    for endpoint, _ in SECTIONS:
        access = vars(current_app.view_functions[endpoint])["access"]
        if visitor.may(access, shop_id):
            return endpoint
    return ""

"""Which section of a navigation the present page belongs to."""

from collections.abc import Sequence

from flask import request

HOMES = {
    "email": "account.show",
    "making": "products.index",
    "password": "security.show",
    "pictures": "products.index",
    "profile_pictures": "profile.show",
    "refunds": "orders.index",
    "roles": "people.index",
}
"""Blueprints without a section of their own, and the section that leads to their pages."""


def section_of_page(endpoints: Sequence[str]) -> str:
    """Return which of these endpoints the present page is, or is a part of; '' if of none."""
    here = request.endpoint or ""
    if here in endpoints:
        return here
    blueprint = here.partition(".")[0]
    home = HOMES.get(blueprint, "")
    if home and home in endpoints:
        return home
    return next((each for each in endpoints if each.partition(".")[0] == blueprint), "")

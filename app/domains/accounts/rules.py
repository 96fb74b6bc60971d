"""What a person may be, on a shop or on the platform."""

from enum import StrEnum
from uuid import UUID

PLATFORM = UUID(int=0)
"""Stands for the platform where a membership names a shop."""


class Role(StrEnum):
    """What a person may be: of a shop, or of the platform."""

    OWNER = "owner"
    ADMINISTRATOR = "administrator"
    CATALOGUE = "catalogue"
    ORDERS = "orders"
    MARKETING = "marketing"
    SUPPORT = "support"
    CONCIERGE = "concierge"
    SUPPLIER = "supplier"
    CUSTOM = "custom"
    """A role of the shop's own making (memberships/custom_roles.py)."""

    ADMIN = "admin"
    MODERATOR = "moderator"
    FINANCE = "finance"
    PLATFORM_SUPPORT = "platform_support"
    AUDITOR = "auditor"

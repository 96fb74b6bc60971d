"""Pure: what a shop may ask its customers to agree to. Nothing is agreed to unasked."""

from enum import StrEnum

WORDING = "2026-11"
"""The version of the questions' texts; a new text is a new version, and old answers keep theirs."""


class ShopPurpose(StrEnum):
    """What a customer may agree to with one shop; the answer is that shop's alone."""

    SHOP_NEWS = "shop_news"
    """Mails about this shop's new pieces."""

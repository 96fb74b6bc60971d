"""What could not be done at the checkout."""

from typing import Any

from flask_babel import lazy_gettext

from app.foundation.errors import GalleriaError


class CartEmptyError(GalleriaError):
    """There is nothing to buy in the basket."""

    code = "cart_empty"
    status = 409
    message = lazy_gettext("Your basket is empty.")


class AddressInvalidError(GalleriaError):
    """The address does not follow its country's rules; `fields` says which and why (FR-007)."""

    code = "address_invalid"
    status = 422
    message = lazy_gettext("Please check the marked fields of your address.")

    def __init__(self, fields: dict[str, Any]) -> None:
        super().__init__()
        self.fields = fields


class DetailsMissingError(GalleriaError):
    """The checkout lacks an address or a way to ship."""

    code = "details_missing"
    status = 409
    message = lazy_gettext("Please tell us first where your order goes and how.")


class ShippingUnavailableError(GalleriaError):
    """The chosen way to ship is not offered to this address."""

    code = "shipping_unavailable"
    status = 422
    message = lazy_gettext("Choose one of the ways to ship that are offered for your address.")


class TotalNotPayableError(GalleriaError):
    """The total is below or above what can be charged at once."""

    code = "total_not_payable"
    status = 409
    message = lazy_gettext(
        "This total is too small or too large to be paid online. Change what is in the basket, or"
        " write to the shop."
    )


class QuoteChangedError(GalleriaError):
    """A price, a piece or the shipping changed since the buyer looked (states.md, section 6)."""

    code = "quote_changed"
    status = 409
    message = lazy_gettext(
        "Something changed since you last looked. Nothing was charged; please check the new total."
    )

"""What could not be done with stock."""

from flask_babel import lazy_gettext

from app.foundation.errors import GalleriaError


class NotEnoughStockError(GalleriaError):
    """There is less than was asked for; `available` says how much is free by variant id.

    Others may be paying for the last ones, so this does not say that it is sold out (states.md, 6).
    """

    code = "not_enough_stock"
    status = 409
    message = lazy_gettext(
        "Someone else is buying the last ones just now. Your basket is kept; try again in a few"
        " minutes."
    )

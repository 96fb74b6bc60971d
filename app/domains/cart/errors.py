"""What could not be done with a basket."""

from flask_babel import lazy_gettext

from app.foundation.errors import GalleriaError


class QuantityError(GalleriaError):
    """A quantity is not a whole number from 0 to 99."""

    code = "quantity"
    status = 422
    message = lazy_gettext("Choose a quantity between 1 and %(most)s.")


class CartClosedError(GalleriaError):
    """The basket has become an order."""

    code = "cart_closed"
    status = 409
    message = lazy_gettext("This basket has been ordered already. A new one is ready for you.")


class CartFullError(GalleriaError):
    """A basket has as many different pieces as it can hold."""

    code = "cart_full"
    status = 409
    message = lazy_gettext(
        "This basket holds %(most)s different pieces, as many as it can. Order these first."
    )

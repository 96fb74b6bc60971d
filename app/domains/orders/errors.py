"""What could not be done with an order."""

from flask_babel import lazy_gettext

from app.foundation.errors import GalleriaError


class OrderStepError(GalleriaError):
    """The order's state does not allow this."""

    code = "order_step"
    status = 409
    message = lazy_gettext("This order has moved on meanwhile. Load the page again.")

"""What could not be done with a payment."""

from flask_babel import lazy_gettext

from app.foundation.errors import GalleriaError


class PaymentUnavailableError(GalleriaError):
    """The provider does not answer; nothing is lost (states.md, "Gateway down")."""

    code = "payment_unavailable"
    status = 503
    message = lazy_gettext(
        "We cannot reach the payment service just now. Your basket and your pieces are kept;"
        " try again in a minute."
    )


class PaymentStepError(GalleriaError):
    """The payment's state does not allow this."""

    code = "payment_step"
    status = 409
    message = lazy_gettext("This payment has moved on meanwhile. Load the page again.")

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


class MoneyStoppedError(PaymentUnavailableError):
    """The shop's money is halted until a person has looked at its books (money.md, section 6)."""

    code = "money_stopped"
    message = lazy_gettext(
        "This shop takes no payments just now. Nothing was charged, and your basket is kept; please"
        " come back a little later."
    )


class RefundTooLargeError(GalleriaError):
    """More is to be given back than is left of the payment, or nothing at all."""

    code = "refund_too_large"
    status = 409
    message = lazy_gettext(
        "That is not between zero and what is left of this payment. Nothing was given back; check"
        " the amount and try again."
    )


class PaymentStepError(GalleriaError):
    """The payment's state does not allow this."""

    code = "payment_step"
    status = 409
    message = lazy_gettext("This payment has moved on meanwhile. Load the page again.")

"""What could not be done with goods on their way, or with money going back."""

from flask_babel import lazy_gettext

from app.foundation.errors import GalleriaError
from app.foundation.money import Money


class NothingToSendError(GalleriaError):
    """No piece was chosen, or more than are left to send."""

    code = "nothing_to_send"
    status = 422
    message = lazy_gettext("Choose at least one piece, and no more than are left to send.")


class NotToBeSentError(GalleriaError):
    """The order is not paid, or its money was given back."""

    code = "not_to_be_sent"
    status = 409
    message = lazy_gettext("Only an order that is paid can be sent. Load the page again.")


class TrackingInvalidError(GalleriaError):
    """The carrier is missing, or something is too long to be one."""

    code = "tracking_invalid"
    status = 422
    message = lazy_gettext(
        "Name the carrier in 60 characters at most; the tracking number has at most 60 as well."
    )


class TooLateToUndoError(GalleriaError):
    """The buyer has been told already."""

    code = "too_late_to_undo"
    status = 409
    message = lazy_gettext("The buyer has been told already, so this can no longer be taken back.")


class PiecesNotRefundableError(GalleriaError):
    """More pieces than were sold and not yet given back, or none at all."""

    code = "pieces_not_refundable"
    status = 422
    message = lazy_gettext(
        "Choose the pieces to give back the money for: at least one, and none more often than it was"
        " sold. Nothing was given back."
    )


class ApprovalNeededError(GalleriaError):
    """One person alone may not give so much back; a second one has to approve."""

    code = "approval_needed"
    status = 409
    message = lazy_gettext(
        "This is more than one person may give back alone. A second person has to approve it first;"
        " nothing was given back."
    )

    @property
    def amount(self) -> Money:
        """How much was to be given back."""
        amount: Money = self.facts["amount"]
        return amount

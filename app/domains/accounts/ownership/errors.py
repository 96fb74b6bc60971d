"""What could not be done with a shop's ownership."""

from flask_babel import lazy_gettext

from app.foundation.errors import GalleriaError


class TransferOverError(GalleriaError):
    """Accepted, declined, taken back, or older than seven days."""

    code = "transfer_over"
    status = 409
    message = lazy_gettext(
        "This offer is over: it was answered, taken back, or is older than seven days. Nothing has"
        " changed."
    )


class TransferOpenError(GalleriaError):
    """One offer at a time."""

    code = "transfer_open"
    status = 409
    message = lazy_gettext("The shop is offered to somebody already. Take that back first.")


class TransferTargetError(GalleriaError):
    """A shop goes to somebody who works there and does not own it yet."""

    code = "transfer_target"
    status = 422
    message = lazy_gettext(
        "Choose somebody who works for the shop and does not own it yet. Invite them first if they"
        " are not in the list."
    )

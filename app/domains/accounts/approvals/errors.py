"""What could not be done with something that a second person decides on."""

from flask_babel import lazy_gettext

from app.foundation.errors import GalleriaError


class OwnApprovalError(GalleriaError):
    """Whoever asked is not the one who approves, in whichever session."""

    code = "own_approval"
    status = 409
    message = lazy_gettext(
        "You asked for this yourself, so somebody else has to decide. Nothing has changed."
    )


class ApprovalDecidedError(GalleriaError):
    """Somebody was faster, it was taken back, or its seven days are over."""

    code = "approval_decided"
    status = 409
    message = lazy_gettext(
        "This was decided already, taken back, or is older than seven days. Load the page again to"
        " see how it stands."
    )


class ApprovalElsewhereError(GalleriaError):
    """Finance decides only where a shop has nobody else."""

    code = "approval_elsewhere"
    status = 409
    message = lazy_gettext(
        "Somebody else of this shop can decide, so the platform does not. Nothing has changed."
    )

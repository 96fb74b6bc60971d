"""What could not be done with a person's data."""

from flask_babel import lazy_gettext

from app.foundation.errors import GalleriaError


class ErasureBlockedError(GalleriaError):
    """Something is still under way; the page lists what must happen first."""

    code = "erasure_blocked"
    status = 409
    message = lazy_gettext(
        "Your account cannot be erased yet: something is still under way. The list below says what"
        " must happen first."
    )

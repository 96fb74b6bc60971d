"""What can go wrong with sealed values."""

from flask_babel import lazy_gettext

from app.foundation.errors import GalleriaError


class SealBrokenError(Exception):
    """A sealed value was made with a key we do not have, or was changed or moved."""


class KeysUnavailableError(GalleriaError):
    """The key store does not answer, and the key that is needed is not kept by this process."""

    code = "keys_unavailable"
    status = 503
    message = lazy_gettext(
        "Protected data cannot be opened at the moment. Nothing is lost: try again in a minute."
    )

"""What could not be done with an account."""

from flask_babel import lazy_gettext

from app.foundation.errors import GalleriaError


class SignInRefusedError(GalleriaError):
    """The address and password do not belong together; which of them is wrong is never told."""

    code = "sign_in_refused"
    status = 422
    message = lazy_gettext(
        "That e-mail address and password do not match. Check both and try again."
    )


class TooManyFailuresError(GalleriaError):
    """Five failures in 15 minutes (SEC-009)."""

    code = "too_many_failures"
    status = 429
    message = lazy_gettext(
        "There were too many attempts to sign in. Wait 15 minutes, then try again."
    )


class EmailTakenError(GalleriaError):
    """An account with this address exists."""

    code = "email_taken"
    status = 409
    message = lazy_gettext("An account with this e-mail address exists already.")

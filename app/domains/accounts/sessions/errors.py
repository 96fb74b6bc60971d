"""Why somebody is not signed in."""

from flask_babel import lazy_gettext

from app.foundation.errors import GalleriaError


class SignInRefusedError(GalleriaError):
    """The address and password do not belong together; which of them is wrong is never told."""

    code = "sign_in_refused"
    status = 422
    message = lazy_gettext(
        "That e-mail address and password do not match. Check both and try again."
    )


class ProofRefusedError(GalleriaError):
    """The password of somebody who is signed in is not this one."""

    code = "proof_refused"
    status = 422
    message = lazy_gettext("That is not your password. Check it and try again.")


class TooManyFailuresError(GalleriaError):
    """Five failures in 15 minutes (SEC-009)."""

    code = "too_many_failures"
    status = 429
    message = lazy_gettext(
        "There were too many attempts to sign in. Wait 15 minutes, then try again."
    )


class HandOverSpentError(GalleriaError):
    """A code from the marketplace that is too old, used, or meant for another host or browser."""

    code = "hand_over_spent"
    status = 422
    message = lazy_gettext(
        "Signing in here took too long or was begun in another window. Please sign in again."
    )

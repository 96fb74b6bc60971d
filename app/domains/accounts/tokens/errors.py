"""What could not be done with a key for programs."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext

from app.foundation.errors import GalleriaError


class TokenNotMadeError(GalleriaError):
    """What was said of a new key does not do; `fields` says what of which field."""

    code = "token_not_made"
    status = 422
    message = lazy_gettext("Please correct the fields that are marked.")

    def __init__(self, fields: Mapping[str, Any]) -> None:
        super().__init__()
        self.fields = dict(fields)


class TooManyTokensError(GalleriaError):
    """A person has as many keys as one may have."""

    code = "too_many_tokens"
    status = 409
    message = lazy_gettext("You have %(most)s keys already. Withdraw one that you no longer need.")


class TokenMissingError(GalleriaError):
    """A call that needs a key came without one."""

    code = "token_missing"
    status = 401
    message = lazy_gettext(
        "Send a key with this call: Authorization: Bearer gal_… You make one on your account's"
        " pages, or in a shop's console."
    )


class TokenRefusedError(GalleriaError):
    """The key is none, has ended or was withdrawn, or is for another shop: never told apart."""

    code = "token_refused"
    status = 401
    message = lazy_gettext(
        "This key opens nothing here: it may have ended, been withdrawn, or be for another shop."
        " Make a new one."
    )


class ScopeMissingError(GalleriaError):
    """The key is good, but not for this; or its maker may not do it any more."""

    code = "scope_missing"
    status = 403
    message = lazy_gettext(
        "This key does not open that call, or whoever made it may not do this any more. It needs:"
        " %(scope)s."
    )

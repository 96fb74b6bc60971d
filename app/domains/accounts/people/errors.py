"""What could not be done with an account."""

from flask_babel import lazy_gettext

from app.foundation.errors import GalleriaError


class EmailTakenError(GalleriaError):
    """An account with this address exists; told only to someone who owns the address."""

    code = "email_taken"
    status = 409
    message = lazy_gettext("An account with this e-mail address exists already.")


class EmailInvalidError(GalleriaError):
    """What was typed is no e-mail address."""

    code = "email_invalid"
    status = 422
    message = lazy_gettext(
        "This does not look like an e-mail address. Check it for typing mistakes."
    )


class NameMissingError(GalleriaError):
    """An account needs a name, so that people know whom they deal with."""

    code = "name_missing"
    status = 422
    message = lazy_gettext("Tell us your name.")


class LinkSpentError(GalleriaError):
    """A link from a mail that is too old, used already or not ours; which of these is not told."""

    code = "link_spent"
    status = 410
    message = lazy_gettext(
        "This link was used already or is too old. Ask for a new one; nothing has changed."
    )

"""What could not be proved, and what could not be done with what people prove themselves with."""

from flask_babel import lazy_gettext

from app.foundation.errors import GalleriaError


class PasswordRefusedError(GalleriaError):
    """A new password breaks a rule; the root of the ones below."""

    code = "password_refused"
    status = 422


class PasswordTooShortError(PasswordRefusedError):
    """Fewer characters than the account needs (NIST 63B-4: 15 alone, 8 with a second factor)."""

    code = "password_too_short"
    message = lazy_gettext(
        "This password is too short: use at least %(least)s characters."
        " A few words in a row are easy to remember."
    )


class PasswordTooLongError(PasswordRefusedError):
    """More characters than we hash."""

    code = "password_too_long"
    message = lazy_gettext("This password is too long: use at most %(most)s characters.")


class PasswordCommonError(PasswordRefusedError):
    """The password is one of those that are tried first (ASVS 6.2.4)."""

    code = "password_common"
    message = lazy_gettext(
        "This password is one of those that are guessed first, because many people use it or"
        " because it follows a simple pattern. Choose another one."
    )


class PasswordNamesYouError(PasswordRefusedError):
    """Little more than our name or the person's address (ASVS 6.2.11)."""

    code = "password_names_you"
    message = lazy_gettext(
        "This password is little more than our name, your name or your e-mail address."
        " Choose another one."
    )


class WrongCodeError(GalleriaError):
    """A one-time code or recovery code is not right, or was used before; which is never told."""

    code = "wrong_code"
    status = 422
    message = lazy_gettext(
        "That code is not right, or it was used before. Wait for the next one and try again."
    )


class SecondStepOverError(GalleriaError):
    """Between the password and the second factor lay more than ten minutes."""

    code = "second_step_over"
    status = 410
    message = lazy_gettext("Signing in took too long. Begin again with your password.")


class CurrentPasswordError(GalleriaError):
    """Whoever changes a password must know the one in force (ASVS 6.2.3)."""

    code = "current_password_wrong"
    status = 422
    message = lazy_gettext("That is not your present password. Check it and try again.")


class PasskeyRefusedError(GalleriaError):
    """A passkey's answer does not hold: another browser's, too late, or not one of ours."""

    code = "passkey_refused"
    status = 422
    message = lazy_gettext(
        "That passkey could not be checked. Nothing was changed. Try again, or use another way."
    )


class TooManyPasskeysError(GalleriaError):
    """More passkeys than a person can tell apart."""

    code = "too_many_passkeys"
    status = 409
    message = lazy_gettext(
        "You have %(most)s passkeys, which is the most we keep. Remove one that you no longer use."
    )


class LastFactorError(GalleriaError):
    """Somebody with a role must keep a second factor (security.md 5)."""

    code = "last_factor"
    status = 409
    message = lazy_gettext(
        "This is your only second factor, and whoever works for a shop or for us needs one."
        " Add another one first, then remove this."
    )


class ResetLinkGoneError(GalleriaError):
    """A link to a new password was used, is older than an hour, or never was."""

    code = "reset_link_gone"
    status = 410
    message = lazy_gettext(
        "This link was used already or is older than an hour. Ask for a new one."
    )


class SecondFactorMissingError(GalleriaError):
    """A new password takes effect only with the account's second factor (ASVS 6.4.3)."""

    code = "second_factor_missing"
    status = 422
    message = lazy_gettext(
        "Your account is protected by a second factor. Give a code of your app or one of your"
        " recovery codes, or use a passkey."
    )

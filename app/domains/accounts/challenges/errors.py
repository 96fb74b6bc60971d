"""What is wrong with the answer to a challenge."""

from flask_babel import lazy_gettext

from app.foundation.errors import GalleriaError


class ChallengeRefusedError(GalleriaError):
    """The answer is missing, wrong, too late, used before, or for another form."""

    code = "challenge_refused"
    status = 422
    message = lazy_gettext(
        "We could not check that a person sent this form. Nothing you typed is lost: wait until"
        " the check below is done, then send it again."
    )


class ChallengeNeededError(GalleriaError):
    """Somebody has to answer a challenge before this goes on."""

    code = "challenge_needed"
    status = 403
    message = lazy_gettext(
        "Cards were declined here, so this payment begins after a small check. Nothing was charged"
        " and your basket is kept: answer the challenge, then try again."
    )


class ChallengeUnavailableError(GalleriaError):
    """Who checks the answers does not answer."""

    code = "challenge_unavailable"
    status = 503
    message = lazy_gettext(
        "The check that a person sent this form does not work at the moment. Nothing you typed is"
        " lost: try again in a minute."
    )

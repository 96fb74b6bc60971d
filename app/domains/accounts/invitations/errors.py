"""What could not be done with an invitation."""

from flask_babel import lazy_gettext

from app.foundation.errors import GalleriaError


class InvitationOverError(GalleriaError):
    """Too old, used, taken back, made by somebody who has left, or not ours: never told apart."""

    code = "invitation_over"
    status = 410
    message = lazy_gettext(
        "This invitation is over: it was used, taken back, or is older than seven days. Ask whoever"
        " invited you to send it again."
    )


class InvitationForOtherError(GalleriaError):
    """An invitation belongs to one address."""

    code = "invitation_for_other"
    status = 409
    message = lazy_gettext(
        "This invitation was sent to another address than the one you are signed in with. Sign in"
        " with the address that it was sent to."
    )


class AlreadyMemberError(GalleriaError):
    """Somebody who works there already has their role changed, not invited."""

    code = "already_member"
    status = 409
    message = lazy_gettext("This person works here already. Change their role in the list instead.")


class AlreadyInvitedError(GalleriaError):
    """One open invitation for each address."""

    code = "already_invited"
    status = 409
    message = lazy_gettext(
        "This address is invited already. Send the invitation again, or take it back first."
    )


class TooManyInvitationsError(GalleriaError):
    """Mails are not for mass mailing."""

    code = "too_many_invitations"
    status = 429
    message = lazy_gettext("50 invitations are open already. Take back those that nobody answered.")


class TooSoonError(GalleriaError):
    """The mail has only just been sent."""

    code = "too_soon"
    status = 429
    message = lazy_gettext("The invitation was sent less than a minute ago. Wait a little.")

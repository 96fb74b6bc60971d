"""What is wrong with a picture that somebody sent."""

from flask_babel import lazy_gettext

from app.foundation.errors import GalleriaError


class PictureRefusedError(GalleriaError):
    """A file that is not kept; its kinds say why."""


class PictureTooLargeError(PictureRefusedError):
    """More bytes than we read."""

    code = "picture_too_large"
    status = 413
    message = lazy_gettext(
        "This picture is larger than %(megabytes)s MB. Save it smaller, or choose another one."
    )


class PictureTooDetailedError(PictureRefusedError):
    """More pixels than we decode, whatever its bytes."""

    code = "picture_too_detailed"
    status = 422
    message = lazy_gettext(
        "This picture has more than %(megapixels)s million pixels. Save it smaller, or choose"
        " another one."
    )


class NotAPictureError(PictureRefusedError):
    """No picture, a broken one, or of a kind that we do not take."""

    code = "not_a_picture"
    status = 422
    message = lazy_gettext(
        "We could not read this file as a picture. Choose a JPEG, PNG, WebP, AVIF or GIF file."
    )


class PictureWithMoreError(PictureRefusedError):
    """A picture that is something else besides: a page, a document, an archive, a program."""

    code = "picture_with_more"
    status = 422
    message = lazy_gettext(
        "This file is a picture and something else besides, so we do not take it. Open it in a"
        " picture editor, save it anew and choose the new file."
    )

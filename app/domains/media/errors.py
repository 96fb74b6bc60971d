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


class PhonePictureError(NotAPictureError):
    """HEIC: what phones keep, and browsers do not show."""

    code = "picture_of_a_phone"
    message = lazy_gettext(
        "This is a HEIC file, which browsers do not show. Export it as JPEG, or set your phone's"
        " camera to the format that is most compatible."
    )


class DrawingError(NotAPictureError):
    """SVG: a drawing that can hold programs."""

    code = "drawing"
    message = lazy_gettext(
        "This is an SVG drawing, and these can hold programs. Export it as PNG and choose that file."
    )


class PictureWithMoreError(PictureRefusedError):
    """A picture that is something else besides: a page, a document, an archive, a program."""

    code = "picture_with_more"
    status = 422
    message = lazy_gettext(
        "This file is a picture and something else besides, so we do not take it. Open it in a"
        " picture editor, save it anew and choose the new file."
    )

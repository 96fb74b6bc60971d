"""What could not be done with a product's pictures."""

from flask_babel import lazy_gettext

from app.foundation.errors import GalleriaError


class TooManyPicturesError(GalleriaError):
    """The product has as many pictures as one may have."""

    code = "too_many_pictures"
    status = 409
    message = lazy_gettext(
        "A product has at most %(most)s pictures. Remove one that says least, then try again."
    )


class PictureThereError(GalleriaError):
    """The same picture, by its content, is among the product's already."""

    code = "picture_there"
    status = 409
    message = lazy_gettext("This picture is among the product's already.")

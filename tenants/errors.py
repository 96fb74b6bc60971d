"""What could not be done with a shop."""

from flask_babel import lazy_gettext

from app.foundation.errors import GalleriaError


class NoSpareSchemaError(GalleriaError):
    """No spare schema is ready in the cell; the job that builds them has fallen behind."""

    code = "no_spare_schema"
    status = 503
    message = lazy_gettext("A new shop cannot be opened this minute. Try again in a moment.")


class SlugTakenError(GalleriaError):
    """Another shop has this address."""

    code = "slug_taken"
    status = 409
    message = lazy_gettext("The address “%(slug)s” is taken. Choose another one.")


class SlugInvalidError(GalleriaError):
    """The address is not one that a host name may have."""

    code = "slug_invalid"
    status = 422
    message = lazy_gettext(
        "An address has 3 to 40 small letters, digits and hyphens, and begins and ends with a letter"
        " or digit."
    )


class ShopNameError(GalleriaError):
    """No name, or one that no page has room for."""

    code = "shop_name"
    status = 422
    message = lazy_gettext("A shop needs a name of at most 80 characters.")


class ShopRenamedError(GalleriaError):
    """Somebody else gave the shop another name meanwhile."""

    code = "shop_renamed"
    status = 409
    message = lazy_gettext(
        "A colleague named the shop “%(name)s” meanwhile. Save again if you want your name for it."
    )


class ShopStateError(GalleriaError):
    """The shop's state does not allow this."""

    code = "shop_state"
    status = 409
    message = lazy_gettext("This shop is %(state)s, so this cannot be done now.")

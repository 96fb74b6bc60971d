"""What could not be done with a collection."""

from flask_babel import lazy_gettext

from app.foundation.errors import GalleriaError


class CollectionError(GalleriaError):
    """A collection that cannot be kept as it is wished."""

    status = 422
    field = ""
    """The field of a form that it speaks of."""


class TitleMissingError(CollectionError):
    """A collection without a name in the shop's own language."""

    code = "title_missing"
    field = "title"
    message = lazy_gettext("Give the collection a name in the shop's own language.")


class TextTooLongError(CollectionError):
    """More words than pages have room for."""

    code = "text_too_long"
    field = "title"
    message = lazy_gettext(
        "A name has at most %(title)s characters, and what is said of it at most %(description)s."
    )


class HandleError(CollectionError):
    """An address with signs that addresses do not have."""

    code = "handle_wrong"
    field = "handle"
    message = lazy_gettext(
        "Use small letters, digits and single hyphens for the address, such as rings-of-silver."
    )


class HandleTakenError(CollectionError):
    """Another collection has this address."""

    code = "handle_taken"
    status = 409
    field = "handle"
    message = lazy_gettext("Another collection has this address. Choose another one.")


class TooManyCollectionsError(CollectionError):
    """As many collections as a shop may have."""

    code = "too_many_collections"
    status = 409
    field = "title"
    message = lazy_gettext("A shop has at most %(most)s collections. Delete one first.")


class CollectionFullError(CollectionError):
    """As many products as a collection may have."""

    code = "collection_full"
    status = 409
    message = lazy_gettext("A collection has at most %(most)s products. Remove some first.")

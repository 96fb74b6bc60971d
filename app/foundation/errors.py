"""The root of all expected errors: named after what could not be done, told in a person's words."""

from typing import Any, ClassVar

from flask_babel import gettext


class GalleriaError(Exception):
    """Something expected went wrong; the message says what happened and what to do next.

    `message` is an English text with named placeholders, marked with lazy_gettext where the class is
    written; `facts` fill it in. `code` is stable, for programs. `status` is the HTTP status.
    """

    message: ClassVar[Any] = ""
    code: ClassVar[str] = "error"
    status: ClassVar[int] = 400

    def __init__(self, **facts: Any) -> None:
        super().__init__(self.code, facts)
        self.facts = facts

    def tell(self) -> str:
        """Return the message in the reader's language."""
        return str(self.message) % self.facts if self.facts else str(self.message)


class NotFoundError(GalleriaError):
    """No such object, or not this shop's: the two are never told apart."""

    code = "not_found"
    status = 404

    def tell(self) -> str:
        """Return the message in the reader's language."""
        return str(gettext("We could not find what you were looking for."))

"""What could not be done with an address."""

from typing import Any

from flask_babel import lazy_gettext

from app.foundation.errors import GalleriaError


class AddressNotKeptError(GalleriaError):
    """An address does not follow its country's rules; `problems` says why, by field."""

    code = "address_not_kept"
    status = 422
    message = lazy_gettext("Please check the marked fields.")

    def __init__(self, problems: dict[str, Any]) -> None:
        super().__init__()
        self.problems = problems


class TooManyAddressesError(GalleriaError):
    """A person keeps a few addresses, not a directory."""

    code = "too_many_addresses"
    status = 409
    message = lazy_gettext(
        "You can keep 20 addresses. Remove one you no longer need, then try again."
    )

"""What could not be done with a shop's profile."""

from typing import Any

from flask_babel import lazy_gettext

from app.foundation.errors import GalleriaError


class ProfileError(GalleriaError):
    """A part of the profile that cannot be kept as it is wished."""

    status = 422


class ProfileWrongError(ProfileError):
    """Fields that need a look first; `problems` says which, and what is wrong with each."""

    code = "profile_wrong"
    message = lazy_gettext("Nothing was saved: some fields need a look first.")

    def __init__(self, problems: dict[str, Any]) -> None:
        super().__init__()
        self.problems = problems


class ProfileChangedError(ProfileError):
    """Somebody else saved this part after the page was opened."""

    code = "profile_changed"
    status = 409
    message = lazy_gettext(
        "A colleague saved this page while you were writing. Nothing was overwritten. Below is what"
        " you wrote; where theirs differs, it stands beside it. Save again to keep yours."
    )


class NothingEarlierError(ProfileError):
    """Nothing was there before, or it was changed again meanwhile."""

    code = "nothing_earlier"
    status = 409
    message = lazy_gettext(
        "This was changed again meanwhile, so nothing was put back. Look at it as it is now."
    )

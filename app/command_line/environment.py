"""What the caller's environment says; commands read it here and pass it on as values."""

import os


def given() -> dict[str, str]:
    """Return the caller's environment."""
    return dict(os.environ)

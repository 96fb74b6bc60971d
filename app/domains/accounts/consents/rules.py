"""Pure: what the platform may ask people to agree to. Nothing is agreed to unasked."""

from enum import StrEnum

WORDING = "2026-11"
"""The version of the questions' texts; a new text is a new version, and old answers keep theirs."""


class Purpose(StrEnum):
    """What a person may agree to on the platform, each by itself, each taken back as easily."""

    PLATFORM_NEWS = "platform_news"
    """Mails about new shops and features of the marketplace."""

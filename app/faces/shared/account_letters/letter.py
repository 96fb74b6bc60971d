"""What a letter is: a subject, what the button does, and a few sentences."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext

from app.faces.shared.formatting import minute, money
from app.foundation.money import Money

NOT_YOU = lazy_gettext(
    "If this was not you, sign out everywhere else and change your password: the page behind"
    " the link shows how."
)
RESET_NOW = lazy_gettext(
    "If this was not you, choose a new password at once: the sign-in page leads there, and it signs"
    " everybody out."
)


@dataclass(frozen=True, slots=True)
class Letter:
    """The words of one kind of letter; named placeholders are filled with the letter's facts."""

    subject: Any
    action: Any
    paragraphs: tuple[Any, ...]

    def tell(self, facts: Mapping[str, Any]) -> list[str]:
        """Return subject, action and paragraphs in the language in force."""
        told = {name: _write(value) for name, value in facts.items()}
        parts = (self.subject, self.action, *self.paragraphs)
        return [str(part) % told if told else str(part) for part in parts]


def _write(value: Any) -> Any:
    if isinstance(value, datetime):
        return minute(value)
    return money(value) if isinstance(value, Money) else value
